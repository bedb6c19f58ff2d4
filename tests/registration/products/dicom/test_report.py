"""What a report says of scans of one study, and of corrections with names in any script."""

from dataclasses import replace

import pydicom

from registration.products.dicom.fiducials import write_fiducials
from registration.products.dicom.report import write_structured_report
from registration.products.outcome import outcome_of
from registration.reading import read_correspondences
from registration.refinement.corrections import CorrectionSet, Correspondence
from tests.builders.dicom_objects import STAMP
from tests.builders.validators import dciodvfy, needs_dciodvfy


def of_one_study(outcome):
    """The same outcome, its moving scan a series of the fixed scan's study."""
    stored = outcome.stored
    fixed, moving = stored.fixed.source, stored.moving.source
    header = moving.header | {"0020000D": fixed.header["0020000D"]}
    return outcome_of(replace(stored, moving=replace(stored.moving, source=replace(moving, header=header))))


@needs_dciodvfy
def test_two_series_of_one_study_are_one_item_of_evidence(outcome, tmp_path):
    (file,) = write_structured_report(of_one_study(outcome), STAMP, tmp_path)
    one = pydicom.dcmread(file)
    (study,) = one.CurrentRequestedProcedureEvidenceSequence
    assert len(study.ReferencedSeriesSequence) == 2
    assert "PertinentOtherEvidenceSequence" not in one
    assert not [line for line in dciodvfy(file) if not line.endswith("<99KERNELREG>")]


def test_names_of_corrections_keep_their_script(outcome, tmp_path):
    grid, names = outcome.field.grid, ("Zwerchfellkuppel links", "横隔膜")
    points = grid.index_to_mm([(5, 5, 5), (14, 10, 7)])
    rows = zip(names, points.tolist(), outcome.field.map_points(points).tolist(), strict=True)
    named = outcome_of(outcome.stored, CorrectionSet(grid, tuple(Correspondence(*row) for row in rows)))
    (report,) = write_structured_report(named, STAMP, tmp_path)
    said = pydicom.dcmread(report).to_json_dict()
    assert all(name in str(said) for name in names)
    (file,) = write_fiducials(named, STAMP, tmp_path)
    assert set(read_correspondences(file)[0]) == set(names)
