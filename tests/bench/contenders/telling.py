"""How a contender says how far it is: a line with a number and the time, for worker.told."""

import signal
import sys
import time


def tell(handled: int) -> None:
    """Say how much is handled by now."""
    sys.stdout.write(f"{handled} {time.perf_counter()}\n")
    sys.stdout.flush()


def wait_for_the_start() -> None:
    """Say that all is prepared, and wait until the benchmark lets the process go on (SIGCONT)."""
    # Held back, so that one that comes before anybody waits for it is not lost.
    signal.signal(signal.SIGCONT, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
    tell(0)
    signal.sigwait({signal.SIGCONT})
