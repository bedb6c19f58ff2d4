"""Series that an object was made from become the references it carries (PS3.3 C.12.2, Tables 10-3 and 10-11)."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.coding import Code

from registration.products.dicom.identity import study_of
from registration.provenance import DicomSource, SourceInstance


def instance_references(instances: Iterable[SourceInstance]) -> Sequence:
    """One item for each instance, in order; frames of a multi-frame image are not told apart."""
    items = []
    for instance_uid, class_uid in {one.instance_uid: one.class_uid for one in instances}.items():
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = class_uid, instance_uid
        items.append(item)
    return Sequence(items)


def common_instance_reference(*sources: DicomSource, study_uid: str | None = None) -> Dataset:
    """The Common Instance Reference module: every instance of these series.

    study_uid: the study of the object itself, by default that of the first series.
    """
    studies = _by_study(sources)
    one, others = Dataset(), []
    own = studies.pop(study_uid or study_of(sources[0]), None)
    if own:
        one.ReferencedSeriesSequence = _series(own)
    for uid, members in studies.items():
        item = Dataset()
        item.StudyInstanceUID, item.ReferencedSeriesSequence = uid, _series(members)
        others.append(item)
    if others:
        one.StudiesContainingOtherReferencedInstancesSequence = Sequence(others)
    return one


def coded(code: Code) -> Dataset:
    """A code as an item of a sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def _series(sources: list[DicomSource]) -> Sequence:
    items = []
    for source in sources:
        item = Dataset()
        item.SeriesInstanceUID = source.series_uid
        item.ReferencedInstanceSequence = instance_references(source.instances)
        items.append(item)
    return Sequence(items)


def evidence(*sources: DicomSource) -> Dataset:
    """What a document was made from (PS3.3 C.17.2.1): the first one's study is the document's."""
    items = {uid: _evidence_of(uid, members) for uid, members in _by_study(sources).items()}
    one = Dataset()
    one.CurrentRequestedProcedureEvidenceSequence = Sequence([items.pop(study_of(sources[0]))])
    if items:
        one.PertinentOtherEvidenceSequence = Sequence(items.values())
    return one


def _evidence_of(study_uid: str, sources: list[DicomSource]) -> Dataset:
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = study_uid, Sequence()
    for source in sources:
        series = Dataset()
        series.SeriesInstanceUID, series.ReferencedSOPSequence = (
            source.series_uid,
            instance_references(source.instances),
        )
        study.ReferencedSeriesSequence.append(series)
    return study


def _by_study(sources: Iterable[DicomSource]) -> dict[str, list[DicomSource]]:
    """Series by their study, each once."""
    studies: dict[str, list[DicomSource]] = {}
    for source in {one.series_uid: one for one in sources}.values():
        studies.setdefault(study_of(source), []).append(source)
    return studies
