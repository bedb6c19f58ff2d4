"""The whole job in order, over HTTP: upload, register, correct three times where the error is largest, fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from cli.demonstration.client import Client
from cli.demonstration.measured import BEFORE, CORRECTED, REGISTERED, Click, Floats, Measured
from cli.demonstration.picture import draw
from cli.screen import progress_bar
from registration.phantom import PhantomPair

CORRECTIONS = 3
Field = NDArray[np.float32]
"""(z, y, x, 3) mm."""


@dataclass
class Story:
    """`pair` lies as two DICOM series in `output/pair`; `say` takes a line for the person who watches."""

    pair: PhantomPair
    output: Path
    client: Client
    measured: Measured
    say: Callable[[str], None]
    place: str = ""

    def play(self) -> None:
        """Everything; pictures and fields go to `output`."""
        self._upload_and_register()
        self._take_errors(REGISTERED)
        self._fetch("preview.png", "preview-registered.png")
        registered = field = self._field()
        for number in range(1, CORRECTIONS + 1):
            field = self._correct_worst(field, number)
        self._take_errors(CORRECTED)
        draw(self.pair, registered, field, self.measured, self.output / "corrections.png")
        self._fetch("preview.png", "preview-corrected.png")
        self._fetch("warped", "warped.nii.gz")
        self._fetch("report?format=json", "report.json")

    def _upload_and_register(self) -> None:
        with self.measured.timed("upload"):
            fixed, moving = (self.client.upload(self.output / "pair" / name) for name in ("fixed", "moving"))
        self.say(f"uploaded      two DICOM series   {self.measured.seconds['upload']:.1f} s")
        with self.measured.timed("registration"), progress_bar() as progress:
            self.place, job = self.client.register(fixed, moving, self.pair.kind, progress)
        self.measured.stages_s, self.measured.qa = job["timings_s"], job["qa"]
        self.measured.errors_mm[BEFORE] = _distance(self.pair.landmarks_fixed, self.pair.landmarks_moving)
        self.say(f"registered    {job['qa']['keypoints']} keypoints   {self.measured.seconds['registration']:.1f} s")

    def _correct_worst(self, before: Field, number: int) -> Field:
        """Click on the landmark with the largest error, at its true place; the whole field afterwards."""
        error = self._errors()
        worst = int(error.argmax())
        click = {
            "id": f"landmark-{worst}",
            "fixed": self.pair.landmarks_fixed[worst].tolist(),
            "moving": self.pair.landmarks_moving[worst].tolist(),
        }
        answer, seconds = self.client.correct(self.place, set=[click])
        self.measured.residuals_mm = {one["id"]: one["after"] for one in answer["residuals"]}
        self.measured.relaxed = answer["relaxed"]
        after = self._field()
        changed = np.any(before.view(np.int32) != after.view(np.int32), axis=-1)
        (x, y, z), (right, back, top) = answer["box"]["start"], answer["box"]["stop"]
        outside = int(changed.sum() - changed[z:top, y:back, x:right].sum())
        done = Click(
            landmark=worst,
            before_mm=float(error[worst]),
            after_mm=float(self._errors()[worst]),
            seconds=seconds,
            changed=int(changed.sum()),
            changed_outside=outside,
            voxels=changed.size,
            folds=answer["folds"],
        )
        self.measured.clicks.append(done)
        self.say(_told(done, number))
        return after

    def _take_errors(self, state: str) -> None:
        self.measured.errors_mm[state] = self._errors()

    def _errors(self) -> Floats:
        """How far the service takes each landmark from where it truly lies, (N,) mm."""
        mapped = self.client.map_points(self.place, self.pair.landmarks_fixed)
        return _distance(mapped, self.pair.landmarks_moving)

    def _field(self) -> Field:
        """The whole field as the service gives it out, kept as a file."""
        path = self._fetch("field?format=mha", "displacement_field.mha")
        return np.asarray(sitk.GetArrayFromImage(sitk.ReadImage(str(path))))

    def _fetch(self, product: str, name: str) -> Path:
        return self.client.fetch(f"{self.place}/{product}", self.output / name)


def _distance(points: Floats, others: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points - others, axis=1))


def _told(click: Click, number: int) -> str:
    """One line about a correction."""
    share = 100 * click.changed / click.voxels
    there = f"landmark {click.landmark}, {click.before_mm:.1f} mm off, now {click.after_mm:.3f} mm"
    return f"correction {number}  {there}; {share:.1f} % of the field changed   {1000 * click.seconds:.0f} ms"
