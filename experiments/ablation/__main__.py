"""`python -m experiments.ablation`: every variant on the data at hand, and the table of what each part is worth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from experiments.ablation.data import at_hand, in_folder, only
from experiments.ablation.paper import CONFIGS
from experiments.ablation.rows import chosen, groups
from experiments.ablation.run import run
from registration.errors import KernelregError
from registration.presets import PRESETS


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for and print the tables; go on where an earlier run stopped."""
    asked = _parser().parse_args(arguments)
    torch.set_num_threads(asked.threads)
    try:
        table = groups(asked.networks)
        data = [in_folder(folder, asked.preset) for folder in asked.data] or at_hand()
        data = [only(pairs, asked.pairs) for pairs in data] if asked.pairs else data
        run(table, chosen(table, asked.rows), data, asked.out)
    except KernelregError as error:
        sys.exit(error.message)
    for pairs in data:
        print((asked.out / pairs.name / "table.md").read_text())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m experiments.ablation", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="Learn2Reg data sets (NLST and its kin), or folders with one folder per pair; else the real pairs of "
        "../shared/data where they are, and phantoms",
    )
    parser.add_argument("--rows", nargs="+", default=[], metavar="ROW", help="only these; else all")
    parser.add_argument("--pairs", nargs="+", default=[], metavar="PAIR", help="only these, by their names; else all")
    parser.add_argument("--out", type=Path, default=Path("build/ablation"), help="where results are kept")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="auto", help="of the scans in --data")
    parser.add_argument(
        "--networks",
        type=Path,
        default=CONFIGS,
        metavar="FOLDER",
        help="training configurations whose own runs stand for the paper's form; else the shipped weights",
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()
