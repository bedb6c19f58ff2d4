"""`python -m benchmarks.faults --rounds N`: parts killed N times while jobs run; what became of them, in a table."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.faults.rounds import Stage, Tally, play
from benchmarks.faults.target import PARTS, Target, target
from benchmarks.faults.witness import Witness
from cli.demonstration.client import Client
from registration.geometry import Grid
from registration.phantom import PhantomPair, make_phantom, write_phantom

RIGHT_SIDE = Grid((44, 44, 34), (2.5, 2.5, 4.0), (-110.0, -60.0, -62.0))


def main() -> None:
    """Run the rounds, one victim after the other in turn; exit code 1 when a promise was broken."""
    arguments = parsed()
    pair = make_phantom("thorax", seed=1, grid=RIGHT_SIDE)
    with tempfile.TemporaryDirectory(prefix="kernelreg-faults-") as name:
        folder = Path(name)
        write_phantom(pair, folder / "pair")
        with (
            target(folder, arguments.option) as fired,
            httpx.Client(base_url=fired.url, timeout=60, trust_env=False) as http,
        ):
            tallies = shoot(staged(fired, http, pair, folder / "pair", arguments.seed), arguments)
    for victim, tally in tallies.items():
        print(told(victim, tally), flush=True)
    sys.exit(any(tally.broken for tally in tallies.values()))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="kills of each part")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other moments")
    parser.add_argument("--victims", nargs="+", choices=PARTS, default=[one for one in PARTS if one != "triton"])
    parser.add_argument("--option", nargs=argparse.REMAINDER, default=[], help="what follows goes to `kernelreg stack`")
    return parser.parse_args()


def staged(fired: Target, http: httpx.Client, pair: PhantomPair, folder: Path, seed: int) -> Stage:
    """Upload the pair and register it once undisturbed: that field is the right one."""
    client, witness = Client(http), Witness(http)
    uploaded = {side: client.upload(folder / side) for side in ("fixed", "moving")}
    began = time.monotonic()
    place = witness.start(uploaded, "undisturbed")
    witness.ended(place)
    seconds = time.monotonic() - began
    click = {"fixed": pair.landmarks_fixed[0].tolist(), "moving": pair.landmarks_moving[0].tolist()}
    chance = random.Random(seed)
    return Stage(fired, witness, uploaded, place, click, witness.field(place), seconds, chance)


def shoot(stage: Stage, arguments: argparse.Namespace) -> dict[str, Tally]:
    """Every victim in turn, so that a run that is cut short has killed all of them equally often."""
    tallies = {victim: Tally() for victim in arguments.victims}
    print(f"one registration undisturbed: {stage.job_s:.1f} s; seed {arguments.seed}", flush=True)
    for number in range(arguments.rounds):
        for victim, tally in tallies.items():
            play(stage, victim, number, tally)
        print(f"round {number + 1}: " + "; ".join(told(*one) for one in tallies.items()), file=sys.stderr, flush=True)
    return tallies


def told(victim: str, tally: Tally) -> str:
    """One line about one victim."""
    middle, longest = (statistics.median(tally.seconds), max(tally.seconds)) if tally.seconds else (0.0, 0.0)
    return (
        f"{victim}: {tally.kills} kills, jobs {dict(tally.states)}, attempts {dict(sorted(tally.attempts.items()))}, "
        f"edits {dict(tally.edits)}, all well after {middle:.1f} s (longest {longest:.1f} s), broken {tally.broken}"
    )


if __name__ == "__main__":
    main()
