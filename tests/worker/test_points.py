"""Points are mapped by the corrected field without computing the whole of it, and arrive where the whole sends them."""

import numpy as np

from jobs.messages import Direction, MapPoints
from jobs.model import Correspondence
from registration.field.displacement import DisplacementField
from tests.builders.shifted import FIXED, SHIFT
from worker.corrections import correction_set
from worker.handlers.map_points import map_points
from worker.results import OpenResults, opened_result

MIDDLE = FIXED.corners().mean(0)
CLICK = Correspondence(id="a", fixed=tuple(MIDDLE.tolist()), moving=tuple((MIDDLE + SHIFT + 3).tolist()))


def corrected(ports, job_id):
    """The open results of a job whose current revision has one click, in memory."""
    results, record = OpenResults(ports), ports.jobs.get(job_id)
    result = results.at(record, record.current)
    result.corrections = correction_set(opened_result(ports, record).base.grid, [CLICK])
    return results, result


def test_few_points_do_not_compute_the_whole_field(ports, registered):
    results, result = corrected(ports, registered)
    asked = MapPoints(job_id=registered, tag=result.tag, points=(CLICK.fixed, tuple((MIDDLE + 4).tolist())))
    found = map_points(asked, ports, results)["points"]
    before = result.nbytes
    assert before == result.opened.base.vectors_mm.nbytes
    assert np.allclose(found[0], CLICK.moving, atol=1e-4)
    whole = result.field
    assert result.nbytes > before
    assert np.array_equal(found, whole.map_points(asked.points))


def test_many_points_do_and_all_arrive_alike(ports, registered):
    _, result = corrected(ports, registered)
    points = FIXED.voxel_points().reshape(-1, 3)[::3]
    few = np.array([result.for_points(10).map_points(part) for part in np.split(points, len(points) // 10)])
    many = result.for_points(len(points))
    assert isinstance(many.vectors_mm, np.ndarray)
    assert np.array_equal(many.map_points(points), few.reshape(-1, 3))


def test_the_way_back_reads_the_same_field(ports, registered):
    results, result = corrected(ports, registered)
    moving = (CLICK.moving, tuple((MIDDLE + SHIFT + 9).tolist()))
    asked = MapPoints(job_id=registered, tag=result.tag, points=moving, direction=Direction.MOVING_TO_FIXED)
    answer = map_points(asked, ports, results)
    assert all(answer["converged"])
    whole: DisplacementField = result.field
    assert np.allclose(whole.map_points(answer["points"]), moving, atol=1e-3)
