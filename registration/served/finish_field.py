"""Two scans and the kernel's field become the field that fits them better.

The lines are those of `field.finish`; this module only puts tensors in and out.
"""

from torch import Tensor, nn

from registration.features.mind import mind_ssc
from registration.field.finish import FinishSettings, Likeness, finished
from registration.served.placed import placed


class FinishField(nn.Module):
    """The dense finish on its lattice."""

    def forward(
        self,
        fixed: Tensor,
        moving: Tensor,
        lattices: Tensor,
        moving_inside: Tensor,
        compared: Tensor,
        start: Tensor,
        settings: Tensor,
    ) -> Tensor:
        """The field (z, y, x, 3) mm on the start's lattice.

        fixed, moving: (z, y, x) in [0, 1]; lattices: (2, 2, 3) mm, of each scan its first voxel and its step;
        moving_inside, compared: (z, y, x) bool on the moving and on the fixed lattice; start: (z, y, x, 3) mm;
        settings: (7,) in the order of `FinishSettings`.
        """
        chosen = FinishSettings(
            int(settings[0]),
            int(settings[1]),
            float(settings[2]),
            float(settings[3]),
            float(settings[4]),
            float(settings[5]),
            int(settings[6]),
        )
        own = placed(described_by(fixed, chosen.descriptors), lattices[0])
        other = placed(described_by(moving, chosen.descriptors), lattices[1])
        return finished(start, Likeness(fixed, compared, own), Likeness(moving, moving_inside, other), compared, chosen)


def described_by(image: Tensor, share: float) -> Tensor:
    """The descriptors (z, y, x, C) of an image (z, y, x), or the image itself where descriptors have no share."""
    return mind_ssc(image).permute(1, 2, 3, 0).contiguous() if share > 0 else image.unsqueeze(-1)
