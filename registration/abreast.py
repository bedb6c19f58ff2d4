"""Two pieces of work that do not need each other become two threads, each with its share of the cores.

The method is made of thousands of small operations. Cut in two each, they would wait for each other thousands of times;
a scan or a direction to each thread, they wait once. What a piece computes does not depend on how it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def abreast(work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """`work` of every item, in order, without gradients. Raises what the first failing piece raises."""
    cores = torch.get_num_threads()

    def alone(item: Item) -> Answer:
        with torch.no_grad():
            return work(item)

    if min(cores, len(items)) < 2:
        return [alone(item) for item in items]
    torch.set_num_threads(max(1, cores // len(items)))
    try:
        with ThreadPoolExecutor(min(cores, len(items))) as pool:
            return list(pool.map(alone, items))
    finally:
        torch.set_num_threads(cores)
