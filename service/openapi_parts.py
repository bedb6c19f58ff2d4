"""Pieces of the OpenAPI description: problem responses by code, bodies that are no JSON."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import BaseModel, Field

from service.errors import STATUS, TITLES


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` is stable; `detail` is for people; `details` names numbers and identifiers."""

    type: str = Field(examples=["/problems/revision-stale"])
    title: str
    status: int
    detail: str
    code: str
    instance: str
    details: dict[str, Any] = {}
    errors: list[dict[str, str]] = Field(default=[], description="Where and what, for `validation-failed`")


Responses = dict[int | str, dict[str, Any]]
ALWAYS = ("unauthorized", "host-not-allowed", "store-unavailable", "artefact-damaged", "internal")


def problems(*codes: str) -> Responses:
    """The responses for these codes and those that every call can give, grouped by status."""
    grouped: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys((*codes, *ALWAYS)):
        grouped[STATUS[code]].append(code)
    return {status: problem_response(grouped[status]) for status in sorted(grouped)}


def problem_response(codes: list[str]) -> dict[str, Any]:
    """One response, its codes in the description and an example of each."""
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "; ".join(f"`{code}`: {TITLES[code]}" for code in codes),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }


def example(code: str) -> dict[str, Any]:
    """What a problem document of this code looks like."""
    place = "/v1/registrations/0195a3c1e4b07f2d9c6a5b3e8d10"
    known = {"type": f"/problems/{code}", "title": TITLES[code], "status": STATUS[code], "code": code}
    return known | {"detail": f"{TITLES[code]}.", "instance": place}


BINARY = {"type": "string", "format": "binary"}
FILES = {"type": "object", "properties": {"files": {"type": "array", "items": BINARY}}, "required": ["files"]}
UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": FILES},
            "multipart/related": {"schema": BINARY},
            "application/octet-stream": {"schema": BINARY},
            "application/zip": {"schema": BINARY},
        },
    }
}

SCANS = {name: {"type": "array", "items": BINARY} for name in ("fixed", "moving")}
CHOICES = {"type": "string", "contentMediaType": "application/json", "description": "The JSON form without the scans"}
PAIR_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {**SCANS, "request": CHOICES},
                    "required": ["fixed", "moving"],
                }
            }
        }
    }
}
