"""A function's answer without what it takes to differentiate it: computed again when the gradient asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch.utils.checkpoint import checkpoint

Answer = TypeVar("Answer")


def recomputed(function: Callable[..., Answer], *inputs: object) -> Answer:
    """function(*inputs). In training its inner values are not kept: a second pass in time, a fraction in memory."""
    if not torch.is_grad_enabled():
        return function(*inputs)
    answer: Answer = checkpoint(function, *inputs, use_reentrant=False)
    return answer
