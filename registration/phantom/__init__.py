"""A procedural thorax and abdomen with a known displacement: the test bench that needs no patient."""

from registration.phantom.appearance import Appearance
from registration.phantom.pair import Kind, PhantomPair, make_phantom
from registration.phantom.write import write_phantom

__all__ = ["Appearance", "Kind", "PhantomPair", "make_phantom", "write_phantom"]
