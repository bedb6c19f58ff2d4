"""A Deformable Spatial Registration read from the text of the standard alone: none of our code, nor any library's.

PS3.10 7.1 (file), PS3.5 7.1 and 7.5 (explicit VR little endian, nested items), PS3.3 C.20.3 (what the attributes mean).
"""

import struct
from pathlib import Path

import numpy as np

LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
FRAME, SOURCE_FRAME = (0x0020, 0x0052), (0x0064, 0x0003)
REGISTRATIONS, GRIDS, PRE, POST = (0x0064, 0x0002), (0x0064, 0x0005), (0x0064, 0x000F), (0x0064, 0x0010)
POSITION, ORIENTATION = (0x0020, 0x0032), (0x0020, 0x0037)
DIMENSIONS, RESOLUTION, VECTORS, MATRIX = (0x0064, 0x0007), (0x0064, 0x0008), (0x0064, 0x0009), (0x3006, 0x00C6)


def elements(data: bytes, at: int, stop: int) -> tuple[dict, int]:
    """Tag -> bytes, or a list of items for a sequence; and where the reading ended."""
    found: dict = {}
    while at < stop:
        group, element, vr = struct.unpack_from("<HH2s", data, at)
        if (group, element) == ITEM_END:
            return found, at + 8
        if vr in LONG_FORM:
            length, at = struct.unpack_from("<I", data, at + 8)[0], at + 12
        else:
            length, at = struct.unpack_from("<H", data, at + 6)[0], at + 8
        if vr == b"SQ":
            found[group, element], at = items(data, at, stop if length == UNDEFINED else at + length)
        else:
            found[group, element], at = data[at : at + length], at + length
    return found, at


def items(data: bytes, at: int, stop: int) -> tuple[list[dict], int]:
    """The items of a sequence."""
    found = []
    while at < stop:
        group, element, length = struct.unpack_from("<HHI", data, at)
        at += 8
        if (group, element) == SEQUENCE_END:
            break
        assert (group, element) == ITEM
        one, at = elements(data, at, stop if length == UNDEFINED else at + length)
        found.append(one)
    return found, at


def text(value: bytes) -> str:
    return value.decode("ascii").rstrip(" \0")


def decimals(value: bytes) -> np.ndarray:
    """Values of decimal strings, each of at most 16 characters (PS3.5 6.2)."""
    parts = text(value).split("\\")
    assert all(len(part) <= 16 for part in parts)
    return np.array([float(part) for part in parts])


class StandardRegistration:
    """The first item that has a grid."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        assert data[128:132] == b"DICM"
        self.elements, _ = elements(data, 132, len(data))
        self.item = next(one for one in self.elements[REGISTRATIONS] if one.get(GRIDS))
        (grid,) = self.item[GRIDS]
        self.frames = text(self.elements[FRAME]), text(self.item[SOURCE_FRAME])
        self.dimensions = struct.unpack("<3I", grid[DIMENSIONS])
        self.resolution = np.array(struct.unpack("<3d", grid[RESOLUTION]))
        self.position = decimals(grid[POSITION])
        row, column = decimals(grid[ORIENTATION]).reshape(2, 3)
        self.axes = np.array([row, column, np.cross(row, column)])
        x, y, z = self.dimensions
        assert len(grid[VECTORS]) == x * y * z * 3 * 4
        self.vectors = grid[VECTORS]

    def matrix(self, tag: tuple[int, int]) -> np.ndarray:
        return decimals(self.item[tag][0][MATRIX]).reshape(4, 4) if tag in self.item else np.eye(4)

    def vector(self, i: int, j: int, k: int) -> np.ndarray:
        """C.20.3.1.3: left to right, top to bottom, plane after plane."""
        x, y, _ = self.dimensions
        return np.array(struct.unpack_from("<3f", self.vectors, 12 * (i + x * (j + y * k))))

    def moved(self, point: np.ndarray) -> np.ndarray:
        """C.20.3.1.1, with trilinear interpolation between the centres of the grid's voxels."""
        index = self.axes @ (point - self.position) / self.resolution
        low = np.clip(np.floor(index).astype(int), 0, np.maximum(np.array(self.dimensions) - 2, 0))
        part, offset = index - low, np.zeros(3)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod([p if c else 1 - p for c, p in zip(corner, part, strict=True)])
            if weight > 1e-9:
                offset += weight * self.vector(*(low + corner))
        registered = (self.matrix(PRE) @ [*point, 1])[:3] + offset
        return (self.matrix(POST) @ [*registered, 1])[:3]
