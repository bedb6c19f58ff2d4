"""The sums of the workers -> metric families of Prometheus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from jobs.figures import BOUNDS_S, HELP, parsed

Parts = Mapping[str, float]
Labels = tuple[tuple[str, str], ...]


def families(sums: Mapping[str, float]) -> Iterable[Metric]:
    """A family for each name, a sample for each set of labels."""
    grouped: dict[str, dict[Labels, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for name, value in sums.items():
        metric, labels, part = parsed(name)
        grouped[metric][tuple(sorted(labels.items()))][part] = value
    for metric, rows in sorted(grouped.items()):
        names = [key for key, _ in next(iter(rows))]
        if all("total" in parts for parts in rows.values()):
            yield _counter(metric, names, rows)
        else:
            yield _histogram(metric, names, rows)


def _counter(metric: str, names: list[str], rows: Mapping[Labels, Parts]) -> Metric:
    family = CounterMetricFamily(metric, HELP.get(metric, metric), labels=names)
    for labels, parts in sorted(rows.items()):
        family.add_metric([value for _, value in labels], parts["total"])
    return family


def _histogram(metric: str, names: list[str], rows: Mapping[Labels, Parts]) -> Metric:
    family = HistogramMetricFamily(metric, HELP.get(metric, metric), labels=names)
    for labels, parts in sorted(rows.items()):
        buckets = [(f"{bound:g}", parts.get(f"le={bound:g}", 0.0)) for bound in BOUNDS_S]
        buckets.append(("+Inf", parts.get("count", 0.0)))
        family.add_metric([value for _, value in labels], buckets, parts.get("sum", 0.0))
    return family
