"""All that is compared, each as a function `preset -> Method`.

So `kernelreg predict DATASET --method benchmarks.peers.methods:greedy` takes a peer to any data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from benchmarks.peers.convex_adam import CONVEX_ADAM
from benchmarks.peers.elastix import ELASTIX
from benchmarks.peers.greedy import GREEDY
from benchmarks.peers.networks import unigradicon, voxelmorph
from benchmarks.peers.plain import RIGID, spline
from benchmarks.peers.simple_itk import B_SPLINE_PEER, DEMONS_PEER
from benchmarks.peers.syn import SYN
from benchmarks.peers.working_grid import method_of
from registration.evaluation.methods import METHODS, Maker, identity

rigid = partial(method_of, RIGID)
demons = partial(method_of, DEMONS_PEER)
b_spline = partial(method_of, B_SPLINE_PEER)
elastix = partial(method_of, ELASTIX)
syn = partial(method_of, SYN)
greedy = partial(method_of, GREEDY)
convex_adam = partial(method_of, CONVEX_ADAM)


@dataclass(frozen=True)
class Row:
    """title: in the table. loads: MODULE or MODULE:NAME, what is imported before the clock starts."""

    title: str
    make: Maker
    loads: str = "registration.register"


ROWS: dict[str, Row] = {
    "identity": Row("identity", identity),
    "rigid": Row("rigid (our pre-alignment)", rigid),
    "spline": Row("thin-plate spline on our matches", spline),
    "demons": Row("SimpleITK demons", demons),
    "b-spline": Row("SimpleITK B-spline", b_spline),
    "elastix": Row("elastix", elastix, "itk:ParameterObject"),
    "syn": Row("ANTs SyN", syn, "ants"),
    "greedy": Row("greedy", greedy, "picsl_greedy"),
    "convex-adam": Row("ConvexAdam", convex_adam, "convexAdam.convex_adam_MIND"),
    "unigradicon": Row("uniGradICON", unigradicon, "unigradicon"),
    "voxelmorph": Row("VoxelMorph", voxelmorph),
    "default": Row("ours, default", METHODS["default"]),
    "learned": Row("ours, learned kernel", METHODS["learned"]),
}
"""By the names of the command line."""
