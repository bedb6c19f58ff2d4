"""The kernel: sparse correspondences become a displacement anywhere, a weighted sum over the nearest ones (Eq. 1)."""

from registration.kernel.densify import densify

__all__ = ["densify"]
