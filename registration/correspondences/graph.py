"""The keypoint graph: each keypoint's nearest neighbours, over which matches are made to agree."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor


def nearest(queries: Tensor, keys: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Indices (Q, K) and distances (Q, K) mm of the K = min(count, N) nearest keys (N, 3) of each query (Q, 3)."""
    count = min(count, len(keys))
    tree = cKDTree(keys.detach().cpu().numpy())
    distance, index = tree.query(queries.detach().cpu().numpy(), k=count, workers=-1)
    shape = (len(queries), count)
    return (
        torch.from_numpy(np.ascontiguousarray(np.reshape(index, shape), np.int64)).to(queries.device),
        torch.from_numpy(np.ascontiguousarray(np.reshape(distance, shape), np.float32)).to(queries.device),
    )
