"""A TOML file -> rules: which series of one patient belong together, and what becomes of the pair."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from pacs.settings import Archives
from receiver.settings import ReceiverSettingsError
from registration.provenance import DicomSource

STUDY_DESCRIPTION, SERIES_DESCRIPTION, MODALITY = "00081030", "0008103E", "00080060"
Expression = Annotated[str, Field(max_length=500)]


class Pattern(BaseModel):
    """What a series looks like: regular expressions, found anywhere in the text, whatever its case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: Expression = ""
    """In StudyDescription."""
    series: Expression = ""
    """In SeriesDescription."""
    modality: Literal["CT", "MR"] = "CT"

    @field_validator("study", "series")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return value

    def fits(self, source: DicomSource) -> bool:
        """Whether a series looks like that."""
        texts = ((self.study, STUDY_DESCRIPTION), (self.series, SERIES_DESCRIPTION))
        return (source.first(MODALITY) or "").upper() == self.modality and all(
            re.search(expression, source.first(tag) or "", re.IGNORECASE) for expression, tag in texts
        )


class Rule(BaseModel):
    """When a series arrives that fits `later`, it is registered with the newest earlier one of its patient that fits
    `earlier`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    earlier: Pattern
    later: Pattern
    within_days: float = Field(gt=0)
    """How far apart the two may be acquired."""
    fixed: Literal["earlier", "later"] = "earlier"
    """Which of them the field lies on."""
    preset: Literal["auto", "thorax", "abdomen"] = "auto"
    export: tuple[str, ...] = ()
    """Names of the PACS that get the results."""


RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])


def read_rules(file: Path | None, archives: Archives) -> tuple[Rule, ...]:
    """The `[[rules]]` of a file, none without one. Raises ReceiverSettingsError, also for an archive that is not
    configured."""
    if file is None:
        return ()
    try:
        document = tomllib.loads(file.read_text())
        found = RULES.validate_python(document.pop("rules", []))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReceiverSettingsError(f"KERNELREG_RULES_FILE: rule {place}: {first['msg']}") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ReceiverSettingsError(f"KERNELREG_RULES_FILE: {file} cannot be used: {error}") from None
    if document or len({rule.name for rule in found}) < len(found):
        raise ReceiverSettingsError("KERNELREG_RULES_FILE: it holds [[rules]] alone, each with a name of its own.")
    unknown = {name for rule in found for name in rule.export} - set(archives.named)
    if unknown:
        raise ReceiverSettingsError(f"KERNELREG_RULES_FILE: no archive is called {', '.join(sorted(unknown))}.")
    return found
