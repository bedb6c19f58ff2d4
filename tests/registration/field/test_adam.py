import torch

from registration.field.adam import Adam


def test_it_walks_as_torchs_own():
    start = torch.rand(4, 5, generator=torch.Generator().manual_seed(1))
    ours, theirs = start.clone().requires_grad_(), start.clone().requires_grad_()
    mine, reference = Adam(0.3), torch.optim.Adam([theirs], lr=0.3)
    for _ in range(12):
        (gradient,) = torch.autograd.grad(((ours - 2) ** 4).sum(), ours)
        mine.descend(ours, gradient)
        reference.zero_grad()
        ((theirs - 2) ** 4).sum().backward()
        reference.step()
    assert torch.allclose(ours, theirs, atol=1e-5)
