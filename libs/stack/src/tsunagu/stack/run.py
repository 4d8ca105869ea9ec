"""Runs a system in the foreground until SIGINT, SIGTERM or SIGHUP: `python -m tsunagu.stack.run`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir
from tsunagu.stack.services import SERVICES, ServiceProcess, installed_services
from tsunagu.stack.system import System


async def run(
    home: Path,
    services: Sequence[ServiceProcess],
    progress: Callable[[str], None],
    brokers: int | None = None,
) -> None:
    """Start a system, keep it running until a signal asks to end, stop it. `brokers` is as for System.

    Raises StackError when it can't start. A signal during the start ends it as well.
    """
    system = System(home, services, progress=progress, brokers=brokers)
    work = asyncio.ensure_future(_start_and_watch(system))
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        progress("stopped")
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def _start_and_watch(system: System) -> None:
    await system.start()
    try:
        await system.watch()
    finally:
        await system.stop()


def select_services(names: Sequence[str] | None) -> tuple[ServiceProcess, ...]:
    """The services by name, or all that are installed. Raises StackError for a name that is none."""
    if names is None:
        return installed_services()
    known = {service.name: service for service in SERVICES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise StackError(f"there is no service {', '.join(unknown)}; the services are {', '.join(known)}")
    missing = [name for name in names if not known[name].is_installed()]
    if missing:
        raise StackError(f"not installed here: {', '.join(missing)}; `make setup` installs all")
    return tuple(known[name] for name in names)


def main(arguments: Sequence[str]) -> int:
    """Run the named services (`all`, or any number of names, also none); 1 when they can't start."""
    parser = argparse.ArgumentParser(prog="python -m tsunagu.stack.run", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="NAME", help="services to start, or all")
    parser.add_argument("--brokers", type=int, help="how many brokers Kafka has: 1 or 3")
    chosen = parser.parse_args(arguments)

    def show(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    try:
        services = select_services(None if chosen.services == ["all"] else chosen.services)
        asyncio.run(run(state_dir(), services, show, chosen.brokers))
    except StackError as error:
        show(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
