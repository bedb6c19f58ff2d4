"""The fields of all scales become the weighted terms of the loss, each where a draw knows what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, NonNegativeFloat
from torch import Tensor

from registration.pyramid.lattice import LatticeMap
from registration.training.draws import Draw
from registration.training.losses.distance import field_errors, landmark_distances
from registration.training.losses.overlap import dice_losses
from registration.training.losses.similarity import local_ncc_loss, mean_inside, mse_loss
from registration.training.losses.smoothness import diffusion_loss

Similarity = Literal["ncc", "mse"]
SIMILARITIES = {"ncc": local_ncc_loss, "mse": mse_loss}


class Weights(BaseModel):
    """What each term counts: equal, as in the paper, unless a configuration says otherwise. 0 leaves a term out.

    similarity and overlap are at most 2 and 1, smoothness has no unit, landmarks, field and matches are mm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    similarity: NonNegativeFloat = 1.0
    smoothness: NonNegativeFloat = 1.0
    overlap: NonNegativeFloat = 1.0
    landmarks: NonNegativeFloat = 1.0
    field: NonNegativeFloat = 1.0
    matches: NonNegativeFloat = 1.0


@dataclass(frozen=True)
class Objective:
    """Image term and weights of all terms."""

    similarity: Similarity
    weights: Weights

    def terms(self, fields: Sequence[LatticeMap], draw: Draw, matches: Sequence[Tensor] = ()) -> dict[str, Tensor]:
        """The weighted terms. fields: coarse to fine; the last one is judged, a true field teaches every one.

        matches: displacements (N, 3) mm of the draw's keypoints at every scale, for which each keypoint is a landmark.
        """
        finest = fields[-1]
        found = self._image_terms(finest, draw) | {"smoothness": diffusion_loss(finest.values, finest.step_mm)}
        if draw.landmarks is not None and len(draw.landmarks[0]):
            found["landmarks"] = landmark_distances(finest, *draw.landmarks).mean()
        if draw.truth is not None and draw.known is not None:
            found["field"] = torch.stack([_mean(field_errors(f, draw.truth, draw.known)) for f in fields]).mean()
            if matches:
                errors = torch.stack(list(matches)) - draw.truth.at(draw.points)  # (scales, N, 3)
                found["matches"] = _mean(errors[:, draw.known.at(draw.points)[:, 0] > 0.5].norm(dim=2))
        weights = self.weights.model_dump()
        return {name: weights[name] * value for name, value in found.items() if weights[name] > 0}

    def _image_terms(self, field: LatticeMap, draw: Draw) -> dict[str, Tensor]:
        """Similarity and overlap: what needs the moving side pulled through the field."""
        nodes = draw.fixed.points()
        places = nodes + field.at(nodes)
        warped = draw.fixed.with_vectors(draw.moving.at(places))
        inside = draw.fixed.with_vectors(draw.moving_inside.at(places) * _held(draw.moving, places)[:, None])
        alike = SIMILARITIES[self.similarity](warped.values, draw.fixed.values, inside.values > 0.5)
        found = {"similarity": alike}
        if draw.labels is not None:
            pulled = draw.fixed.with_vectors(draw.labels[1].at(places))
            found["overlap"] = dice_losses(pulled.values, draw.labels[0].values).mean()
        return found


def _held(image: LatticeMap, places: Tensor) -> Tensor:
    """Which of the places (V, 3) mm lie in an image (V,)."""
    return ((places >= 0) & (places <= (image.size - 1) * image.step_mm)).all(1)


def _mean(values: Tensor) -> Tensor:
    """Mean, 0 where there is nothing."""
    return mean_inside(values, torch.ones_like(values, dtype=torch.bool))
