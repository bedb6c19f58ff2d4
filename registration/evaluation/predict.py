"""Pass one: every case of a data set becomes a stored field; a stopped run goes on where it was."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from registration.errors import MethodError
from registration.evaluation.cases import CaseSet, described
from registration.evaluation.methods import Method
from registration.evaluation.prediction import PredictionFolder, Record

Told = Callable[[str, Record, bool], None]
"""Case, how it went, whether that was an earlier run."""


def predict(cases: CaseSet, name: str, method: Method, folder: PredictionFolder, told: Told | None = None) -> int:
    """Fields of all cases into the folder; returns how many cases failed.

    Cases with a field are left alone, those that failed are tried again. Raises MethodError `prediction-invalid` when
    the folder holds fields of another method, data set or version.
    """
    folder.begin(settings_of(cases, name, method))
    failed = 0
    for index, case in enumerate(cases.names):
        earlier = folder.record(case)
        before = earlier is not None and earlier.failure is None
        record = earlier if earlier is not None and before else _predicted(cases, index, method, folder)
        failed += record.failure is not None
        if told:
            told(case, record, before)
    return failed


def settings_of(cases: CaseSet, name: str, method: Method) -> dict[str, Any]:
    """What decides every field, for the folder to keep."""
    return {
        "kernelreg": version("kernelreg"),
        "method": name,
        "settings": method.settings,
        "data": described(cases),
    }


def _predicted(cases: CaseSet, index: int, method: Method, folder: PredictionFolder) -> Record:
    case = cases.case(index)
    cpu, wall = time.process_time(), time.perf_counter()
    failure = None
    try:
        field = method.register(case.fixed, case.moving)
    except MethodError as error:
        failure = f"{error.message} [{error.code}]"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record = Record(time.process_time() - cpu, time.perf_counter() - wall, peak, failure)
    if failure is None:
        folder.keep(case.name, cases.official_name(index), field, case.moving.grid)
    folder.finish(case.name, record)
    return record
