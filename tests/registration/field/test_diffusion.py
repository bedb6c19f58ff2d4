import torch

from registration.field.diffusion import solved
from registration.field.likeness import Equations

SHAPE = (12, 12, 12)


def equations(strength: float, wanted: torch.Tensor) -> Equations:
    """Every node wants `wanted` (3, z, y, x), however far the field is."""
    hessian = torch.zeros(6, *SHAPE)
    hessian[:3] = strength
    return Equations(hessian, -strength * wanted)


def test_without_evidence_a_constant_field_stays():
    field = torch.tensor([1.5, -2.0, 0.5]).reshape(3, 1, 1, 1).expand(3, *SHAPE).contiguous()
    nothing = Equations(torch.zeros(6, *SHAPE), torch.zeros(3, *SHAPE))
    torch.testing.assert_close(solved(field, nothing, smoothness=0.8, edge=0.3, step_mm=4.0, sweeps=20), field)


def test_strong_evidence_is_followed_and_weak_evidence_smoothed():
    wanted = torch.zeros(3, *SHAPE)
    wanted[0, :, :, 6:] = 2.0
    start = torch.zeros(3, *SHAPE)
    follow, smooth = (
        solved(start, equations(s, wanted), smoothness=0.8, edge=10.0, step_mm=4.0, sweeps=60) for s in (100.0, 0.1)
    )
    assert (follow - wanted).abs().max() < 0.05
    assert float(smooth[0].diff(dim=2).max()) < 0.5 * float(follow[0].diff(dim=2).max())


def test_the_price_lets_go_where_the_field_already_slides():
    """A step of 8 mm between neighbours, weak evidence: with a small edge it survives, with a large one it melts."""
    wanted = torch.zeros(3, *SHAPE)
    wanted[2, :, :, 6:] = 8.0
    kept, melted = (
        solved(wanted, equations(0.3, torch.zeros_like(wanted)), smoothness=0.8, edge=e, step_mm=4.0, sweeps=60)
        for e in (0.05, 10.0)
    )
    assert float(kept[2].diff(dim=2).max()) > 2 * float(melted[2].diff(dim=2).max())


def test_the_solution_is_the_minimum():
    """After many sweeps the gradient of the stated price is zero."""
    random = torch.Generator().manual_seed(1)
    wanted = torch.randn(3, *SHAPE, generator=random)
    one = equations(1.0, wanted)
    one.hessian[3] = 0.4
    found = solved(torch.zeros(3, *SHAPE), one, smoothness=0.8, edge=1e6, step_mm=4.0, sweeps=300).requires_grad_()
    x, y, _ = found
    data = (found.square()).sum() + 0.8 * (x * y).sum() + 2 * (one.gradient * found).sum()
    rough = sum((found.diff(dim=a).square().sum() for a in (1, 2, 3)), torch.zeros(()))
    (gradient,) = torch.autograd.grad(data + 0.8 * rough, found)
    assert gradient.abs().max() < 1e-3
