"""Where things are: grids in the patient frame and boxes of voxels. Numpy only."""

from registration.geometry.box import Box
from registration.geometry.grid import Grid

__all__ = ["Box", "Grid"]
