"""Series arrive, rules start registrations: once per pair, of one patient, in time, never of an ambiguous pair."""

import pytest

from jobs.exports import USUAL
from jobs.messages import QueueName
from jobs.model import JobState, Revision
from pacs.settings import Archive, Archives
from receiver.rules import Pattern, Rule, read_rules
from receiver.settings import ReceiverSettingsError
from tests.receiver.conftest import series

THORAX = Pattern(study="thorax", series="soft")
RULE = Rule(name="follow-up", earlier=THORAX, later=THORAX, within_days=400, preset="thorax")


@pytest.fixture
def arrive(run, caplog):
    """Sends series to a receiver with rules, one by one; the journal of the rules is `arrive.told`."""
    caplog.set_level("INFO")

    def arrive(*sent, rules=(RULE,), running=None):
        running = running or run(rules)
        for one in sent:
            running.send(one)
            running.round()
        return running

    arrive.told = lambda: [
        record.fields.get("reason", record.message) for record in caplog.records if record.message.startswith("rule-")
    ]
    return arrive


def jobs(running):
    """Fixed and moving study of every registration."""
    studies = {record.id: record.report["study_instance_uid"] for record in running.kept()}
    records = running.ports.jobs.page("local", before=None, limit=100)
    return [(studies[one.request.fixed], studies[one.request.moving]) for one in records]


def scan(study, date, **told):
    return series(study=study, date=date, name=told.pop("name", "Soft 1.0"), **told)


FIRST, SECOND, THIRD = (scan(f"CT THORAX {n}", f"20200{n}01") for n in (1, 3, 5))
UIDS = [one[0].StudyInstanceUID for one in (FIRST, SECOND, THIRD)]


def test_a_scan_is_registered_with_the_newest_earlier_one(arrive):
    running = arrive(FIRST, SECOND, THIRD)
    assert sorted(jobs(running)) == sorted([(UIDS[0], UIDS[1]), (UIDS[1], UIDS[2])])
    record = running.ports.jobs.page("local", before=None, limit=1)[0]
    assert (record.request.preset, record.state) == ("thorax", JobState.QUEUED)
    assert arrive.told() == ["no-earlier-scan", "rule-started", "rule-started"]


def test_an_earlier_scan_that_comes_later_is_found_too(arrive):
    assert jobs(arrive(SECOND, FIRST)) == [(UIDS[0], UIDS[1])]


def test_the_later_one_can_be_fixed(arrive):
    later = RULE.model_copy(update={"fixed": "later"})
    assert jobs(arrive(FIRST, SECOND, rules=[later])) == [(UIDS[1], UIDS[0])]


def test_however_often_it_is_sent_there_is_one_registration(arrive):
    running = arrive(FIRST, SECOND)
    arrive(SECOND[:5], FIRST, SECOND, running=running)
    running.inbox.drop(running.inbox.keys()[0])
    running.inbox.drop(running.inbox.keys()[0])
    arrive(FIRST, SECOND, running=running)
    assert len(jobs(running)) == 1


def test_another_patient_is_never_a_partner(arrive):
    assert jobs(arrive(FIRST, scan("CT THORAX 3", "20200301", patient="PATIENT-2"))) == []
    assert arrive.told() == ["no-earlier-scan"] * 2


def test_without_patient_or_date_nothing_is_guessed(arrive):
    running = arrive(FIRST, scan("CT THORAX 3", "20200301", patient=""))
    arrive(scan("CT THORAX 4", ""), running=running)
    assert jobs(running) == []
    assert arrive.told() == ["no-earlier-scan", "unknown-patient", "no-date"]


def test_two_that_suit_equally_well_are_ambiguous(arrive):
    twin = scan("CT THORAX 1", "20200101", name="soft  1.0", seed=2)
    assert jobs(arrive(FIRST, twin, SECOND)) == []
    assert arrive.told()[-1] == "ambiguous"


def test_of_several_in_a_study_the_better_pair_is_taken(arrive):
    thick = scan("CT THORAX 1", "20200101", name="soft thick", seed=2, SliceThickness=10.0)
    running = arrive(thick, FIRST, SECOND)
    fixed = running.ports.jobs.page("local", before=None, limit=1)[0].request.fixed
    assert running.ports.artefacts.folder("series", fixed)
    assert next(one for one in running.kept() if one.id == fixed).report["series_instance_uid"] == (
        FIRST[0].SeriesInstanceUID
    )


def test_too_long_ago(arrive):
    assert jobs(arrive(FIRST, SECOND, rules=[RULE.model_copy(update={"within_days": 30})])) == []


def test_what_no_rule_means_starts_nothing_and_says_nothing(arrive):
    assert jobs(arrive(scan("CT HEAD", "20200101"), scan("CT HEAD 2", "20200201"))) == []
    assert jobs(arrive(scan("CT THORAX 1", "20200101", name="lung"), rules=[RULE])) == []
    assert arrive.told() == []


def test_both_scans_in_one_study(arrive):
    sides = {"earlier": Pattern(series="^insp"), "later": Pattern(series="^exsp")}
    rule = Rule(name="breathing", within_days=1, fixed="later", **sides)
    inhale = scan("CT", "20200101", name="Inspiration", AcquisitionTime="101500")
    exhale = scan("CT", "20200101", name="Exspiration", AcquisitionTime="101700")
    running = arrive(inhale, exhale, rules=[rule])
    names = {record.id: record.report["series_instance_uid"] for record in running.kept()}
    request = running.ports.jobs.page("local", before=None, limit=1)[0].request
    assert (names[request.fixed], names[request.moving]) == (exhale[0].SeriesInstanceUID, inhale[0].SeriesInstanceUID)


def test_a_rule_that_changed_does_not_register_the_same_pair_again(arrive, run):
    running = arrive(FIRST, SECOND)
    other = run([RULE.model_copy(update={"preset": "abdomen"})])
    other.inbox.drop(other.inbox.keys()[0])
    arrive(SECOND, FIRST, running=other)
    assert len(jobs(running)) == 1


def test_a_file_of_rules(tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text(
        """
        [[rules]]
        name = "follow-up"
        earlier = { study = "thorax", series = "soft" }
        later = { study = "thorax", series = "soft" }
        within_days = 400
        preset = "thorax"
        """
    )
    assert read_rules(file, Archives()) == (RULE,)
    assert read_rules(None, Archives()) == ()


ARCHIVES = Archives(named={"main": Archive(name="main", dicomweb="http://127.0.0.1:9/dicom-web")})
REVISION = Revision(number=0, tag="r0-x", created_at=0.0, by="local", action="original")


def test_results_are_exported_once_the_registration_has_succeeded(arrive, run, ports):
    rule = RULE.model_copy(update={"export": ("main",)})
    running = arrive(FIRST, SECOND, running=run([rule], archives=ARCHIVES))
    running.exporter.round()
    job = ports.jobs.page("local", before=None, limit=1)[0]
    assert job.exports == ()
    ports.jobs.update(job.id, lambda one: one.moved(JobState.RUNNING).moved(JobState.SUCCEEDED, revisions=(REVISION,)))
    for _ in range(2):
        running.exporter.round()
    exports = ports.jobs.get(job.id).exports
    assert [(one.pacs, one.via, one.tag, one.objects) for one in exports] == [("main", "stow", "r0-x", USUAL)]
    assert ports.queue.waiting(QueueName.TRANSFER) == 1


def test_an_archive_that_is_gone_takes_its_wish_with_it_and_no_other(arrive, run, ports):
    rule = RULE.model_copy(update={"export": ("gone", "main")})
    running = arrive(FIRST, SECOND, running=run([rule], archives=ARCHIVES))
    job = ports.jobs.page("local", before=None, limit=1)[0]
    ports.jobs.update(job.id, lambda one: one.moved(JobState.RUNNING).moved(JobState.SUCCEEDED, revisions=(REVISION,)))
    running.exporter.round()
    assert [one.pacs for one in ports.jobs.get(job.id).exports] == ["main"]
    assert list(running.exporter.folder.iterdir()) == []


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_of_what_ended_otherwise_nothing_is_exported(arrive, run, ports, state):
    running = arrive(FIRST, SECOND, running=run([RULE.model_copy(update={"export": ("main",)})], archives=ARCHIVES))
    job = ports.jobs.page("local", before=None, limit=1)[0]
    ports.jobs.update(job.id, lambda one: one.moved(state))
    running.exporter.round()
    assert list(running.exporter.folder.iterdir()) == []
    assert ports.jobs.get(job.id).exports == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rules]]\nname = 'a'", "earlier"),
        ("[[rules]]\nname='a'\nearlier={study='('}\nlater={}\nwithin_days=1", "regular expression"),
        ("[[rules]]\nname='a'\nearlier={}\nlater={}\nwithin_days=0", "within_days"),
        ("[[rules]]\nname='a'\nearlier={}\nlater={}\nwithin_days=1\npreset='brain'", "preset"),
        ("[[rules]]\nname='a'\nearlier={}\nlater={modality='US'}\nwithin_days=1", "modality"),
        (2 * "[[rules]]\nname='a'\nearlier={}\nlater={}\nwithin_days=1\n", "name of its own"),
        (
            "[[rules]]\nname='a'\nearlier={}\nlater={}\nwithin_days=1\nexport=['nowhere']",
            "archive is called nowhere",
        ),
        ("[rule]\nname='a'", "alone"),
        ("[[rules", "cannot be used"),
    ],
)
def test_rules_that_cannot_be_are_told_before_anything_starts(tmp_path, text, says):
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(ReceiverSettingsError, match=says):
        read_rules(tmp_path / "rules.toml", Archives())
