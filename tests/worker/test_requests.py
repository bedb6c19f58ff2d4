"""What the refine worker answers: edits, restores, points, products; every refusal with its code."""

import threading

import numpy as np
import pytest
import SimpleITK as sitk

from jobs.messages import Correct, Direction, Forget, MapPoints, Render, Restore
from jobs.model import Correspondence
from jobs.ports import Kind
from jobs.products import PRODUCTS
from tests.builders.shifted import FIXED, SHIFT, shift_method
from worker.handlers.register_pair import register_pair
from worker.requests import answer
from worker.results import OpenResults

MIDDLE = FIXED.corners().mean(0)
ELSEWHERE = MIDDLE + np.array([18.0, -15.0, 20.0])


class Inbox:
    """Keeps the replies by ticket."""

    def __init__(self):
        self.replies = {}

    def answer(self, ticket, reply):
        self.replies[ticket] = reply


@pytest.fixture
def ask(ports):
    results = OpenResults(ports)

    def ask(request, results=results):
        inbox = Inbox()
        answer("ticket", request, ports, inbox, results)
        return inbox.replies["ticket"]

    return ask


def click(name, place, off):
    return Correspondence(id=name, fixed=tuple(map(float, place)), moving=tuple(map(float, place + SHIFT + off)))


def tag(ports, job_id):
    return ports.jobs.get(job_id).current.tag


def field(ports, ask, job_id, at=None):
    reply = ask(Render(job_id=job_id, tag=at or tag(ports, job_id), product="field.mha"))
    path = ports.artefacts.folder(Kind.REGISTRATION, job_id) / reply.value["file"]
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


@pytest.fixture
def edit(ports, ask, registered):
    def edit(**body):
        return ask(Correct(job_id=registered, tag=tag(ports, registered), by="ann", **body))

    return edit


def test_an_edit_answers_box_residuals_and_folds_and_makes_a_revision(ports, ask, edit, registered):
    before = field(ports, ask, registered)
    value = edit(set=(click("a", MIDDLE, 1.5),)).value
    after = field(ports, ask, registered)
    (x0, y0, z0), (x1, y1, z1) = value["box"]["start"], value["box"]["stop"]
    changed = np.any(before != after, axis=-1)
    assert changed.any()
    assert changed.sum() == changed[z0:z1, y0:y1, x0:x1].sum()
    assert value["residuals"][0]["before"] == pytest.approx(1.5 * 3**0.5, abs=1e-3)
    assert value["residuals"][0]["after"] < 0.01
    assert value["folds"] == 0
    assert ports.jobs.get(registered).current.changed == ("a",)


def test_the_order_of_edits_does_not_matter_and_removing_all_restores_every_bit(ports, ask, edit, registered):
    original = field(ports, ask, registered)
    edit(set=(click("a", MIDDLE, 1.0),))
    edit(set=(click("b", ELSEWHERE, -1.0),))
    both = field(ports, ask, registered)
    edit(remove=("a", "b"))
    assert np.array_equal(field(ports, ask, registered), original)
    edit(set=(click("b", ELSEWHERE, 2.0),))
    edit(set=(click("a", MIDDLE, 1.0), click("b", ELSEWHERE, -1.0)))
    assert np.array_equal(field(ports, ask, registered), both)


def test_a_worker_that_forgot_everything_answers_the_same(ports, ask, edit, registered):
    edit(set=(click("a", MIDDLE, 1.0),))
    kept = field(ports, ask, registered)
    ports.artefacts.drop(Kind.REGISTRATION, registered, "products")
    ask(Forget(job_id=registered))
    assert np.array_equal(field(ports, ask, registered), kept)


def test_a_revision_is_restored_by_its_set(ports, ask, edit, registered):
    edit(set=(click("a", MIDDLE, 1.0),))
    wanted = field(ports, ask, registered)
    edit(remove=("a",))
    value = ask(Restore(job_id=registered, tag=tag(ports, registered), by="ann", number=1)).value
    assert value["revision"] == 3
    assert np.array_equal(field(ports, ask, registered), wanted)
    assert ports.jobs.get(registered).current.restored_from == 1


def test_an_earlier_revision_can_still_be_rendered(ports, ask, edit, registered):
    original, first = field(ports, ask, registered), tag(ports, registered)
    edit(set=(click("a", MIDDLE, 1.0),))
    assert np.array_equal(field(ports, ask, registered, at=first), original)
    assert not np.array_equal(field(ports, ask, registered), original)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"set": (click("a", MIDDLE + 1e5, 0),)}, "point-outside-scan"),
        ({"set": (click("a", MIDDLE, 1), click("b", MIDDLE, 20))}, "correspondences-contradict"),
        ({"remove": ("nobody",)}, "correspondence-unknown"),
        ({"set": (click("good", MIDDLE, 1), click("bad", MIDDLE + 1e5, 1))}, "point-outside-scan"),
    ],
)
def test_a_refused_edit_changes_nothing(ports, ask, edit, registered, body, code):
    before, original = ports.jobs.get(registered), field(ports, ask, registered)
    assert edit(**body).error.code == code
    assert ports.jobs.get(registered) == before
    assert np.array_equal(field(ports, ask, registered), original)


def test_two_edits_of_one_revision_never_mix(ports, ask, registered):
    """Two workers, each with its own memory, one revision: one edit wins, the other is told."""
    start, replies = tag(ports, registered), []

    def edit(name, place):
        request = Correct(job_id=registered, tag=start, by=name, set=(click(name, place, 1.0),))
        replies.append(ask(request, OpenResults(ports)))

    threads = [threading.Thread(target=edit, args=pair) for pair in (("a", MIDDLE), ("b", ELSEWHERE))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.error.code if r.error else "won" for r in replies) == ["revision-stale", "won"]
    record = ports.jobs.get(registered)
    assert record.current.number == 1
    sets = ports.artefacts.folder(Kind.REGISTRATION, registered) / "revisions"
    assert [p.stem for p in sets.iterdir()] == [record.current.tag]


def test_points_travel_both_ways(ports, ask, registered):
    points = (tuple(MIDDLE.tolist()), tuple(ELSEWHERE.tolist()))
    there = ask(MapPoints(job_id=registered, tag=tag(ports, registered), points=points)).value["points"]
    assert np.allclose(np.subtract(there, points), SHIFT)
    back = MapPoints(
        job_id=registered,
        tag=tag(ports, registered),
        points=tuple(map(tuple, there)),
        direction=Direction.MOVING_TO_FIXED,
    )
    value = ask(back).value
    assert np.allclose(value["points"], points, atol=1e-3)
    assert max(value["residual_mm"]) < 1e-3
    assert value["converged"] == [True, True]


def test_points_outside_the_scan_are_named(ports, ask, registered):
    points = (tuple(MIDDLE.tolist()), (9e5, 0.0, 0.0))
    error = ask(MapPoints(job_id=registered, tag=tag(ports, registered), points=points)).error
    assert (error.code, error.details["indices"]) == ("point-outside-scan", [1])


@pytest.mark.parametrize("product", [name for name, product in PRODUCTS.items() if not product.object])
def test_every_product_can_be_rendered(ports, ask, registered, product):
    reply = ask(Render(job_id=registered, tag=tag(ports, registered), product=product))
    assert reply.error is None
    assert (ports.artefacts.folder(Kind.REGISTRATION, registered) / reply.value["file"]).stat().st_size > 50


@pytest.mark.parametrize("product", [name for name, product in PRODUCTS.items() if product.object])
def test_what_did_not_come_as_dicom_cannot_leave_as_dicom(ports, ask, registered, product):
    reply = ask(Render(job_id=registered, tag=tag(ports, registered), product=product))
    assert reply.error.code == "no-dicom-source"


def test_what_was_rendered_is_not_rendered_again(ports, ask, registered):
    request = Render(job_id=registered, tag=tag(ports, registered), product="keypoints.json")
    path = ports.artefacts.folder(Kind.REGISTRATION, registered) / ask(request).value["file"]
    first = path.stat()
    assert ask(request).error is None
    assert path.stat().st_ino == first.st_ino


@pytest.mark.parametrize("format", ["mha", "nrrd", "nifti"])
def test_a_block_places_itself_in_patient_space(ports, ask, registered, format):
    box = ((3, 4, 5), (9, 11, 13))
    whole = field(ports, ask, registered)
    reply = ask(Render(job_id=registered, tag=tag(ports, registered), product=f"field.{format}", box=box))
    image = sitk.ReadImage(str(ports.artefacts.folder(Kind.REGISTRATION, registered) / reply.value["file"]))
    assert image.GetSize() == (6, 7, 8)
    assert np.allclose(image.GetOrigin(), FIXED.index_to_mm(box[0]))
    assert np.allclose(sitk.GetArrayFromImage(image), whole[5:13, 4:11, 3:9])


@pytest.mark.parametrize("box", [((0, 0, 0), (0, 1, 1)), ((0, 0, 0), (999, 1, 1)), ((5, 5, 5), (4, 6, 6))])
def test_a_box_outside_the_field_is_refused(ports, ask, registered, box):
    reply = ask(Render(job_id=registered, tag=tag(ports, registered), product="field.mha", box=box))
    assert reply.error.code == "box-outside-field"


def test_an_edit_can_answer_with_the_changed_block(ports, edit, registered):
    value = edit(set=(click("a", MIDDLE, 1.0),), block_format="mha").value
    image = sitk.ReadImage(str(ports.artefacts.folder(Kind.REGISTRATION, registered) / value["file"]))
    assert image.GetSize() == tuple(np.subtract(value["box"]["stop"], value["box"]["start"]))


def test_a_request_about_nothing_is_refused(ask):
    assert ask(Render(job_id="nothing", tag="r0", product="field.mha")).error.code == "registration-not-found"


def test_only_a_few_results_stay_open(ports, make_job):
    results = OpenResults(ports, kept=2)
    for _ in range(3):
        job_id = make_job()
        register_pair(job_id, ports, shift_method)
        record = ports.jobs.get(job_id)
        results.at(record, record.current)
    assert len(results._open) == 2


def test_large_results_do_not_stay_open_together(ports, make_job):
    results = OpenResults(ports, kept_bytes=1)
    for _ in range(2):
        job_id = make_job()
        register_pair(job_id, ports, shift_method)
        record = ports.jobs.get(job_id)
        last = results.at(record, record.current)
    assert list(results._open.values()) == [last]
