"""Every peer that is installed: a known shift on an oblique grid comes back with its sign, in its frame."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from benchmarks.peers import convex_adam, elastix, greedy, networks, simple_itk, syn
from benchmarks.peers.methods import ROWS, rigid
from benchmarks.peers.working_grid import Peer, displaced, method_of
from registration.errors import MethodError
from registration.field.displacement import DisplacementField
from registration.presets import PRESETS
from tests.builders.blobs import SHIFT_MM, inner, oblique_grid, shifted_blobs

QUICK_ELASTIX = {**elastix.SETTINGS, "iterations": 20, "samples": 500}
QUICK_SYN = {**syn.SETTINGS, "reg_iterations": [40, 0]}
TOOLS = {
    "demons": (simple_itk.DEMONS_PEER.displace, "SimpleITK"),
    "b-spline": (simple_itk.B_SPLINE_PEER.displace, "SimpleITK"),
    "elastix": (partial(elastix.displace, settings=QUICK_ELASTIX), "itk"),
    "syn": (partial(syn.displace, settings=QUICK_SYN), "ants"),
    "greedy": (greedy.GREEDY.displace, "picsl_greedy"),
    "convex-adam": (convex_adam.CONVEX_ADAM.displace, "convexAdam"),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of packages that are not ours
@pytest.mark.parametrize("tool", TOOLS)
def test_the_shift_comes_back_in_its_frame(tool: str) -> None:
    displace, module = TOOLS[tool]
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed, see docs/evaluation.md")
    found = displace(*shifted_blobs(oblique_grid()))
    assert np.median(inner(found.vectors_mm), 0) == pytest.approx(SHIFT_MM, abs=1.0)
    assert np.linalg.norm(inner(found.vectors_mm) - SHIFT_MM, axis=1).mean() < 2.0  # a voxel


class Still(torch.nn.Module):
    """A network that answers 1, 2 and -3 voxels along z, y and x, whatever it sees."""

    def forward(self, moving: torch.Tensor, fixed: torch.Tensor) -> torch.Tensor:
        steps = torch.tensor([1.0, 2.0, -3.0])[None, :, None, None, None]
        return steps + 0.0 * (moving + fixed)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_voxels_of_a_network_become_millimetres(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed, moving = shifted_blobs(oblique_grid((20, 22, 18)))
    path = tmp_path / "network.pt"
    torch.jit.script(Still()).save(str(path))
    found = networks.by_network(path, fixed, moving)
    expected = fixed.grid.index_to_mm((-3, 2, 1)) - fixed.grid.index_to_mm((0, 0, 0))
    assert found.vectors_mm.reshape(-1, 3) == pytest.approx(np.tile(expected, (20 * 22 * 18, 1)), abs=1e-4)
    monkeypatch.setenv("KERNELREG_VOXELMORPH", str(path))
    assert len(networks.voxelmorph("auto").settings["weights_sha256"]) == 64


def test_a_network_without_weights_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERNELREG_VOXELMORPH", raising=False)
    with pytest.raises(MethodError, match="no weights") as raised:
        ROWS["voxelmorph"].make("auto")
    assert raised.value.code == "weights-missing"


def test_an_absent_tool_says_how_to_get_it() -> None:
    with pytest.raises(MethodError, match="pip install elsewhere") as raised:
        method_of(Peer(greedy.GREEDY.displace, {}, "no_such_tool", "elsewhere", "pip install elsewhere"), "auto")
    assert raised.value.code == "method-unknown"


def test_a_field_on_the_working_grid_becomes_one_of_the_oblique_scan() -> None:
    fixed, moving = shifted_blobs(oblique_grid())
    seen = []

    def displace(one, other):  # 3 mm to the left, beyond the pre-alignment
        seen.append((one, other))
        return DisplacementField(np.tile(np.float32([3, 0, 0]), (*one.grid.shape, 1)), one.grid)

    still = rigid("auto").register(fixed, moving)
    found = displaced(displace, fixed, moving, PRESETS["auto"])
    assert found.grid == fixed.grid
    assert (found.vectors_mm - still.vectors_mm).reshape(-1, 3) == pytest.approx(
        np.tile([3.0, 0.0, 0.0], (still.vectors_mm.size // 3, 1)), abs=0.2
    )
    one, other = seen[0]
    assert one.grid == other.grid
    assert one.grid.spacing_mm == (2.0, 2.0, 2.0)
    assert max(one.values.max(), other.values.max()) == pytest.approx(1.0)
    assert np.array_equal(one.grid.axes, np.eye(3))
