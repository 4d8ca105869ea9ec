"""Plays schedules for as long as asked: `make simulate SECONDS=60`, or one again: `make simulate SEED=17`."""

import argparse
import asyncio
import sys
import time
from collections import Counter

from tsunagu.chassis.logs import configure
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.backends import Backend, postgres_address

from .performance import Broken
from .stage import theatre


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on with new seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one only, and show its schedule")
    return parser.parse_args()


async def _simulate(arguments: argparse.Namespace) -> int:
    configure(ChassisSettings(log_format="human", log_level="error"), "simulator")
    async with postgres_address(Backend.EMBEDDED) as postgres, theatre(postgres) as stage:
        if arguments.seed is not None:
            played = await stage.play(arguments.seed)
            _say(*played.transcript, f"seed {played.seed} held; digest {played.digest[:16]}")
            return 0
        faults: Counter[str] = Counter()
        seed, broken, began = arguments.first, 0, time.monotonic()
        while time.monotonic() - began < arguments.seconds:
            try:
                faults += (await stage.play(seed)).faults
            except Broken as error:
                broken += 1
                _say(f"seed {seed}:", *(f"  {line}" for line in error.found))
            seed += 1
        played_count = seed - arguments.first
        kinds = ", ".join(f"{count} {kind}" for kind, count in faults.most_common())
        _say(
            f"{played_count} schedules, {faults.total()} faults ({kinds}), {broken} broke a promise;"
            f" {(time.monotonic() - began) / max(played_count, 1):.2f} s each"
        )
        return 1 if broken else 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(_simulate(_arguments())))
    except Broken as broken:
        sys.exit(str(broken))
