"""Reports of margins: where they lie in the registration's folder."""

from __future__ import annotations

import hashlib

from jobs.messages import Margin
from jobs.products import products_folder


def page_place(request: Margin) -> str:
    """Where the report of this question lies; another question, another report."""
    asked = request.model_dump_json(exclude={"page"})
    return f"{products_folder(request.tag)}/margin-{hashlib.sha256(asked.encode()).hexdigest()[:32]}.html"
