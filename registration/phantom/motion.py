"""Breathing: where each point of the fixed body is in the moving one. Organs slide along the wall, nothing folds.

The map is S ∘ W. W is smooth and moves everything a little (posture, chest). S moves the inside of the cavity up and
down and leaves the wall alone: in the coordinates (ρ, θ, z) of the cavity it changes z only, so that ρ = 1 stays
ρ = 1 and the two sides of the wall slip along each other by the full amplitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from registration.geometry.grid import Floats
from registration.phantom.shading import Values, smooth_step
from registration.phantom.torso import Torso

APEX_MM, DOME_MM, LIVER_END_MM, PELVIS_MM = 175.0, -5.0, -110.0, -330.0
LARGEST_MOTION_MM = 50.0
CHUNK = 1 << 17


@dataclass(frozen=True)
class Motion:
    """Breathing of `amplitude_mm` at the diaphragm, and K waves of W: numbers, vectors (K, 3) and phases (K,).

    `offset_mm` is the table: it is added to everything.
    """

    torso: Torso
    amplitude_mm: float
    wave_numbers: Floats
    wave_vectors: Floats
    wave_phases: Floats
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def random(
        cls, torso: Torso, amplitude_mm: float, rng: np.random.Generator, offset_mm: tuple[float, float, float]
    ) -> Motion:
        """Breathing of a given amplitude with six random posture waves of up to 2 mm."""
        if not 0 <= amplitude_mm <= LARGEST_MOTION_MM:
            raise ValueError(f"motion must lie in 0 .. {LARGEST_MOTION_MM} mm, got {amplitude_mm}")
        ways = rng.standard_normal((6, 3))
        ways *= (2 * np.pi / rng.uniform(110, 260, 6) / np.linalg.norm(ways, axis=1))[:, None]
        vectors = rng.uniform(-1, 1, (6, 3)) * min(1.0, amplitude_mm / 10)
        return cls(torso, amplitude_mm, ways, vectors, rng.uniform(0, 2 * np.pi, 6), offset_mm)

    def displacement(self, points: ArrayLike) -> NDArray[np.float64]:
        """Exact displacement (N, 3) mm from fixed points (N, 3) to moving points."""
        return self.displacement_and_jacobian(points, jacobian=False)[0]

    def displacement_and_jacobian(self, points: ArrayLike, *, jacobian: bool = True) -> tuple[Floats, Floats]:
        """Displacement (N, 3), and volume of tissue in the moving scan over that in the fixed one (N,), or else 1.

        The Jacobian is that of either side of the wall: slipping changes no volume.
        """
        flat = np.asarray(points, np.float64).reshape(-1, 3)
        parts = [self._move(flat[i : i + CHUNK], jacobian) for i in range(0, max(len(flat), 1), CHUNK)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def fixed_points(self, moving: ArrayLike, iterations: int = 60) -> tuple[Floats, NDArray[np.bool_]]:
        """Fixed points (N, 3) of moving points by fixed-point iteration, and which of them converged to 1e-6 mm."""
        target = np.asarray(moving, np.float64).reshape(-1, 3)
        points = target.copy()
        for _ in range(iterations):
            points = target - self.displacement(points)
        error = np.abs(points + self.displacement(points) - target).max(axis=1)
        return points, error < 1e-6

    def _move(self, points: Floats, jacobian: bool) -> tuple[Floats, Floats]:
        phase = points @ self.wave_numbers.T + self.wave_phases  # (N, K)
        posture = np.sin(phase) @ self.wave_vectors
        up, growth = self._breath(points + posture)
        return posture + up + self.offset_mm, growth * self._posture_jacobian(phase) if jacobian else growth

    def _posture_jacobian(self, phase: Floats) -> Floats:
        """det(1 + ∇W) (N,) of W(x) = x + Σ_k a_k sin(w_k · x + φ_k)."""
        terms = np.einsum("ki,kj->kij", self.wave_vectors, self.wave_numbers).reshape(-1, 9)
        return np.asarray(np.linalg.det((np.cos(phase) @ terms).reshape(-1, 3, 3) + np.eye(3)))

    def _breath(self, points: Floats) -> tuple[Floats, Floats]:
        """S: displacement (N, 3) inside the cavity, zero outside, and its Jacobian (R(θ, z') / R(θ, z))² ∂z'/∂z."""
        radius, theta = self.torso.polar(points)
        height = points[:, 2]
        before = self.torso.cavity_radius(theta, height)
        inside = radius < before
        rise, slope = self._rise(radius / before, theta, height)
        widening = self.torso.cavity_radius(theta, height + rise) / before - 1
        outwards = widening * radius
        up = np.stack([outwards * np.cos(theta), outwards * np.sin(theta), rise], axis=1)
        growth = (1 + widening) ** 2 * (1 + slope)
        return np.where(inside[:, None], up, 0.0), np.where(inside, growth, 1.0)

    def _rise(self, rho: Values, theta: Values, height: Values) -> tuple[Values, Values]:
        """How far the organs at (ρ, θ, z) rise, mm, most low and in the back; and its derivative along z."""
        above, above_slope = smooth_step(height, APEX_MM, DOME_MM)
        below, below_slope = smooth_step(height, PELVIS_MM, LIVER_END_MM)
        part = self.amplitude_mm * (0.88 + 0.2 * rho * np.sin(theta) + 0.08 * rho * np.cos(theta))
        return part * above * below, part * (above_slope * below + above * below_slope)
