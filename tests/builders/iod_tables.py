"""The standard's attribute tables, from highdicom, become what dicom-validator knows: it works without the network.

dicom-validator downloads the standard as text, which a test must not. From highdicom's tables it learns the type and
place of every attribute, though not the conditions of types 1C and 2C, which functional groups a frame needs, or which
attributes go with which value type in the tree of a report: dciodvfy and dsrdump know those.
"""

import json
from functools import cache
from pathlib import Path

import highdicom
from dicom_validator.validator.dicom_file_validator import DicomFileValidator
from dicom_validator.validator.dicom_info import DicomInfo
from dicom_validator.validator.error_handler import ValidationResultHandler
from dicom_validator.validator.validation_result import Status
from pydicom.datadict import tag_for_keyword
from pydicom.tag import Tag

GROUPS = {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"}
TREE = "sr-document-content"
FOLDER = Path(highdicom.__file__).parent / "_standard"


def dicom_validator(path: Path) -> list[str]:
    """Objections of dicom-validator: attributes missing, empty, out of place or of a form that their type forbids."""
    (result,) = DicomFileValidator(tables(), error_handler=Silent()).validate(path).values()
    objections = [
        f"{module}: {tag} {error.code.name}"
        for module, tags in (result.module_errors or {}).items()
        if module != TREE
        for tag, error in tags.items()
    ]
    return objections if result.status in (Status.Passed, Status.Failed) else [result.status.name]


class Silent(ValidationResultHandler):
    """Prints nothing."""

    def handle_validation_start(self, result):
        pass

    def handle_validation_result(self, result):
        pass


@cache
def tables() -> DicomInfo:
    """Every IOD of the standard, its modules and their attributes."""
    classes, iods, modules = (
        json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        for name in ("sop_class_iod_map", "iod_module_map", "module_attribute_map")
    )
    return DicomInfo(
        {},
        {uid: described(iod, iods[iod]) for uid, iod in classes.items() if iod in iods},
        {name: attributes(rows) for name, rows in modules.items()},
    )


def described(title: str, modules: list[dict]) -> dict:
    """An IOD: its modules and whether they are mandatory."""
    used = {one["key"]: {"ref": one["key"], "use": one["usage"]} for one in modules}
    return {"title": title, "modules": used, "group_macros": {}}


def attributes(rows: list[dict]) -> dict[str, dict]:
    """A module's attributes as a tree; functional groups count as optional, since frames differ in those they need."""
    root: dict[str, dict] = {}
    for row in rows:
        place = root
        for keyword in row["path"]:
            place = place[tag_name(keyword)].setdefault("items", {})
        if tag_for_keyword(row["keyword"]) is not None:  # repeating groups have no tag of their own
            group = len(row["path"]) == 1 and row["path"][0] in GROUPS
            place[tag_name(row["keyword"])] = {"name": row["keyword"], "type": "3" if group else row["type"]}
    return root


def tag_name(keyword: str) -> str:
    """`(gggg,eeee)` of an attribute."""
    tag = Tag(tag_for_keyword(keyword))
    return f"({tag.group:04X},{tag.element:04X})"
