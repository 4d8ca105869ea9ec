"""`make chaos`: strikes at a running retailer, and what came of them. Exit code 1 when an audit was not green."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

from tsunagu.stack.errors import StackError

from .comparing import as_markdown
from .results import HEAD, Measured, row, write
from .rounds import run_round
from .scene import Scene
from .settings import ChaosSettings
from .strikes import Round, Strike, all_rounds
from .windows import Comparison

RESULTS = Path(__file__).parent / "results"
KEY_BYTES = 32  # of the app's key: 256 random bits can't be guessed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when every audit was green, 1 when one was not or the run broke, 130 when it was interrupted."""
    settings = ChaosSettings()
    # What the load's and the probes' own clients say of an outage is no news here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # The steps go beside the table: of a run that was ended from outside, they tell how far it came.
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%T", level=logging.INFO)
    every = all_rounds(settings.session_timeout_ms / 1000, settings.idle_in_transaction_timeout_seconds)
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="only strikes of this name; * stands for anything"
    )
    parser.add_argument("--seconds", type=float, default=1_200.0, help="no round begins after so long")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where latest.md and latest.json go")
    parser.add_argument("--list", action="store_true", help="name the strikes, and strike nobody")
    options = parser.parse_args(arguments)
    rounds = _chosen(every, options.only)
    if not rounds:
        parser.error("no strike has such a name; see --list")
    if options.list:
        _say("\n".join(strike.name for round_ in rounds for strike in round_.strikes))
        return 0
    try:
        results, comparisons = asyncio.run(_run(settings, rounds, options.seconds))
    except (KeyboardInterrupt, asyncio.CancelledError):
        _say("interrupted: everything that was started has been stopped")
        return 130
    except (StackError, TimeoutError) as error:
        _say(f"error: {error}")
        return 1
    load = f"{settings.orders} orders and twice as many till receipts in {settings.load_seconds:.0f} s"
    write(options.results, results, comparisons, f"{load}, a probe every {settings.probe_interval_seconds} s")
    return 0 if results and all(measured.is_green for measured in results) else 1


def _chosen(rounds: Sequence[Round], patterns: Sequence[str] | None) -> list[Round]:
    def is_wanted(strike: Strike) -> bool:
        return patterns is None or any(fnmatchcase(strike.name, pattern) for pattern in patterns)

    chosen = [round_.only(is_wanted) for round_ in rounds]
    return [round_ for round_ in chosen if round_.turns]


async def _run(
    settings: ChaosSettings, rounds: Sequence[Round], seconds_max: float
) -> tuple[list[Measured], list[Comparison]]:
    """Strike at systems of this run's own, which end with it, however it ends."""
    main_task = asyncio.current_task()
    assert main_task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main_task.cancel)
    began = time.monotonic()
    results: list[Measured] = []
    comparisons: list[Comparison] = []
    # Rounds that need as many brokers follow each other, and have one system.
    for brokers, those in groupby(rounds, key=lambda round_: round_.brokers):
        async with _running(settings, brokers) as scene:
            _say(" | ".join(HEAD))
            for round_ in those:
                if time.monotonic() - began > seconds_max:
                    _say(
                        f"{seconds_max:.0f} s are over: {', '.join(s.name for s in round_.strikes)} not struck"
                    )
                    continue
                for measured in await run_round(scene, round_):
                    results.append(measured)
                    _say(" | ".join(row(measured)))
                    for finding in measured.findings or ():
                        _say(f"  {finding}")
            comparisons += scene.comparisons
    if comparisons:
        _say(as_markdown(comparisons))
    _say(f"{time.monotonic() - began:.0f} s")
    return results, comparisons


@asynccontextmanager
async def _running(settings: ChaosSettings, brokers: int) -> AsyncIterator[Scene]:
    with tempfile.TemporaryDirectory(prefix="tsunagu-chaos-", ignore_cleanup_errors=True) as home:
        scene = Scene(Path(home), f"chaos_{secrets.token_urlsafe(KEY_BYTES)}", settings, brokers)
        await scene.system.start()
        watching = asyncio.create_task(scene.system.watch())
        try:
            yield scene
        finally:
            watching.cancel()
            await asyncio.wait((watching,))
            await scene.system.stop()
        if not watching.cancelled():
            watching.result()  # who looks after the processes had failed: recoveries were none of its


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
