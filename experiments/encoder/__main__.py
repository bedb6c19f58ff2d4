"""Prints the tables of decision 0008: `python -m experiments.encoder matching|registering [WEIGHTS ...]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from experiments.encoder.judged import encoder_of
from experiments.encoder.matching import matching_lines
from experiments.encoder.registering import registering_lines


def main() -> None:
    """Every line as it is found."""
    parser = argparse.ArgumentParser("python -m experiments.encoder", description=__doc__)
    parser.add_argument("table", choices=["matching", "registering"])
    parser.add_argument("weights", nargs="*", type=Path, help="files of small encoders; else the shipped one")
    parser.add_argument("--shares", nargs="+", type=float, default=[0.3, 0.5], help="of the encoder in the cost")
    parser.add_argument("--finish", action="store_true", help="finish on the images, too")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    encoders = {path.parent.name: encoder_of(path) for path in asked.weights} or {"encoder-small": encoder_of(None)}
    if asked.table == "matching":
        lines = matching_lines(encoders)
    else:
        lines = registering_lines(encoders, tuple(asked.shares), finish=asked.finish)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
