"""Series that an object was made from become the references it carries (PS3.3 C.12.2, Tables 10-3 and 10-11)."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

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


def common_instance_reference(*sources: DicomSource) -> Dataset:
    """The Common Instance Reference module: every instance of these series; the first one's study is the object's."""
    studies: dict[str, list[DicomSource]] = {}
    for source in {one.series_uid: one for one in sources}.values():
        studies.setdefault(study_of(source), []).append(source)
    one, others = Dataset(), []
    home = study_of(sources[0])
    one.ReferencedSeriesSequence = _series(studies.pop(home))
    for uid, members in studies.items():
        item = Dataset()
        item.StudyInstanceUID, item.ReferencedSeriesSequence = uid, _series(members)
        others.append(item)
    if others:
        one.StudiesContainingOtherReferencedInstancesSequence = Sequence(others)
    return one


def _series(sources: list[DicomSource]) -> Sequence:
    items = []
    for source in sources:
        item = Dataset()
        item.SeriesInstanceUID = source.series_uid
        item.ReferencedInstanceSequence = instance_references(source.instances)
        items.append(item)
    return Sequence(items)
