"""What several processes measure adds up, and an outage loses none of it."""

import pytest

from jobs.adapters.redis_sums import RedisSums
from jobs.errors import StoreUnavailableError
from jobs.figures import Figures, MemorySums, parsed, sum_name


@pytest.fixture(params=["memory", "redis"])
def sums(request):
    return MemorySums() if request.param == "memory" else RedisSums(request.getfixturevalue("clean_redis"))


def test_names_come_apart_as_they_were_put_together():
    assert parsed(sum_name("m", {"b": "2", "a": "x=y"}, "le=0.5")) == ("m", {"a": "x=y", "b": "2"}, "le=0.5")
    assert parsed(sum_name("m", {}, "total")) == ("m", {}, "total")


def test_two_processes_add_up(sums):
    one, other = Figures(sums), Figures(sums)
    one.count("jobs", state="failed")
    other.count("jobs", state="failed")
    one.observe("work", 0.3, stage="a")
    other.observe("work", 200.0, stage="a")
    for process in (one, other, one):
        process.send()
    found = sums.all()
    assert found["jobs|state=failed|total"] == 2
    assert found["work|stage=a|count"] == 2
    assert found["work|stage=a|sum"] == pytest.approx(200.3)
    assert (found["work|stage=a|le=0.5"], found["work|stage=a|le=300"]) == (1, 2)
    assert "work|stage=a|le=0.25" not in found


def test_an_outage_loses_nothing():
    class Away(MemorySums):
        away = True

        def add(self, found):
            if self.away:
                raise StoreUnavailableError("job store")
            super().add(found)

    sums = Away()
    figures = Figures(sums)
    figures.count("jobs")
    figures.send()
    figures.count("jobs")
    sums.away = False
    figures.send()
    assert sums.all() == {"jobs||total": 2}
