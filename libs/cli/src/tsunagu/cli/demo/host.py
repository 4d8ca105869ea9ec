"""Runs the demo's system for as long as the demo lives: `python -m tsunagu.cli.demo.host HOME keep|delete SERVICE…`.

Its standard input is a pipe from the demo. When that closes, however the demo ended, the system is stopped; unless
the demo has written `stay` before: then the system stays until `tsunagu down`. `again NAME…` stops the system and
starts it once more, without these variables of its environment. `delete` removes HOME at the end.
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.run import run, select_services

STAY = "stay"
AGAIN = "again"


def _do_as_the_demo_says(again: threading.Event) -> None:
    for line in sys.stdin:
        word, *names = line.split()
        if word == STAY:
            return
        for name in names:
            os.environ.pop(name, None)
        again.set()
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


def _show(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(home: Path, at_the_end: str, services: Sequence[str]) -> int:
    """Run the system; 1 when it can't start."""
    again = threading.Event()
    try:
        # The demo may end before the system has handlers of its own: then this ends in order as well.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        threading.Thread(target=_do_as_the_demo_says, args=(again,), daemon=True).start()
        asyncio.run(run(home, select_services(services), _show))
        while again.is_set():
            again.clear()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            asyncio.run(run(home, select_services(services), _show))
    except StackError as error:
        _show(f"error: {error}")
        return 1
    finally:
        if at_the_end == "delete":
            shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
