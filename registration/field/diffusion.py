"""Normal equations and a price on gradients become a field: smooth where the scans say little, free to slide at edges.

Minimises over v, with x and y neighbours,

    sum_x (v - u)^T H (v - u) + 2 g^T (v - u)  +  lambda sum_xy w |v(x) - v(y)|^2

The weight w = 1 / sqrt(1 + |grad u|^2 / edge^2) falls where the field so far is steep: lagged diffusivity of a robust
price (C. Vogel and M. Oman, 1996; with Lucas-Kanade data as A. Bruhn, J. Weickert and C. Schnörr, 2005). Solved by
Jacobi sweeps over 3x3 blocks. TorchScript as well: a model server runs these very lines.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from registration.field.likeness import Equations


def solved(
    field: Tensor, equations: Equations, *, smoothness: float, edge: float, step_mm: float, sweeps: int
) -> Tensor:
    """The minimising field (3, z, y, x) mm near `field`. edge: gradient (no unit) where smoothing begins to let go."""
    diffusivity = _diffusivity(field, edge, step_mm)
    links = [smoothness * 0.5 * (diffusivity + beside) for beside in _neighbours(diffusivity)]
    total = torch.stack(links).sum(0)[0]
    wanted = _times([equations.hessian[i] for i in range(6)], field) - equations.gradient
    inverse = _inverse(equations.hessian, total)
    for _ in range(sweeps):
        right = wanted.clone()
        for i, beside in enumerate(_neighbours(field)):
            right.addcmul_(links[i], beside)
        field = _times(inverse, right)
    return field


def _diffusivity(field: Tensor, edge: float, step_mm: float) -> Tensor:
    """w (1, z, y, x) of a field: one where it is flat."""
    rises = [(beside - field).square().sum(0, keepdim=True) for beside in _neighbours(field)]
    steepness = 0.5 * torch.stack(rises).sum(0) / step_mm**2
    return torch.rsqrt(1.0 + steepness / edge**2)


def _neighbours(values: Tensor) -> list[Tensor]:
    """The six neighbours (C, z, y, x) of every node, a node itself beyond the rim."""
    padded = F.pad(values[None], [1, 1, 1, 1, 1, 1], mode="replicate")[0]
    return [
        padded[:, 1:-1, 1:-1, :-2],
        padded[:, 1:-1, 1:-1, 2:],
        padded[:, 1:-1, :-2, 1:-1],
        padded[:, 1:-1, 2:, 1:-1],
        padded[:, :-2, 1:-1, 1:-1],
        padded[:, 2:, 1:-1, 1:-1],
    ]


def _times(matrix: list[Tensor], vector: Tensor) -> Tensor:
    """Product (3, z, y, x) of a symmetric matrix, xx, yy, zz, xy, xz, yz at every node, and a vector at every node."""
    xx, yy, zz, xy, xz, yz = matrix
    x, y, z = vector.unbind(0)
    return torch.stack([xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z])


def _inverse(hessian: Tensor, diagonal: Tensor) -> list[Tensor]:
    """(H + diagonal)^-1, xx, yy, zz, xy, xz, yz, by cofactors; the diagonal keeps it from being singular."""
    xx, yy, zz = hessian[0] + diagonal, hessian[1] + diagonal, hessian[2] + diagonal
    xy, xz, yz = hessian[3], hessian[4], hessian[5]
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    scale = 1.0 / (xx * a + xy * b + xz * c)
    return [
        a * scale,
        (xx * zz - xz * xz) * scale,
        (xx * yy - xy * xy) * scale,
        b * scale,
        c * scale,
        (xy * xz - xx * yz) * scale,
    ]
