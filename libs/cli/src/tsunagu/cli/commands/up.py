"""`tsunagu up`: start the system."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.commands.down import wait_until_ended
from tsunagu.cli.exits import fail
from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir
from tsunagu.stack.run import run, select_services
from tsunagu.stack.state import Phase, StateFile, SystemState

EXAMPLES = (
    "Examples: `tsunagu up` · `tsunagu up --services inventory,order` · `tsunagu up --services none` "
    "(Kafka and PostgreSQL only) · `tsunagu up --foreground` (Ctrl-C ends it) · "
    "`tsunagu up --brokers 3` (a cluster, of which one broker may be away)"
)

START_TIMEOUT_SECONDS = 180  # a cold cache on a slow line; usually 3 to 10
_POLL_SECONDS = 0.1

_console = Console(highlight=False)


def up(
    services: Annotated[
        str,
        typer.Option(
            help="Which services to start: all, none, or names separated by commas.", metavar="NAMES"
        ),
    ] = "all",
    brokers: Annotated[
        int | None,
        typer.Option(
            help="How many brokers Kafka has, 1 or 3. Decided at the first start; by default what it was then, or 1.",
            metavar="NUMBER",
        ),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay in this terminal; Ctrl-C stops everything.")
    ] = False,
) -> None:
    """Start Kafka, PostgreSQL, the services and (where installed) Prometheus; return when all are ready."""
    home = state_dir()
    names = {"all": None, "none": []}.get(services, [name.strip() for name in services.split(",")])
    try:
        chosen = select_services(names)
    except StackError as error:
        raise typer.BadParameter(str(error)) from error
    if StateFile(home).is_locked():
        _console.print(f"Tsunagu is already running in {home}: see `tsunagu status`.", markup=False)
        return
    if foreground:
        try:
            asyncio.run(
                run(home, chosen, lambda line: _console.print(line, markup=False, soft_wrap=True), brokers)
            )
        except StackError as error:
            raise fail(f"Tsunagu could not start: {error}") from error
        return
    arguments = [] if brokers is None else ["--brokers", str(brokers)]
    _start_detached(home, [*arguments, *(service.name for service in chosen)])


def _start_detached(home: Path, arguments: list[str]) -> None:
    log = home / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tsunagu.stack.run", *arguments],
            env={**os.environ, "TSUNAGU_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        state = _follow(StateFile(home), supervisor, log)
    except KeyboardInterrupt:
        with suppress(ProcessLookupError):
            supervisor.send_signal(signal.SIGTERM)
        supervisor.wait()
        raise fail("interrupted: everything that was started has been stopped") from None
    if state is None:
        raise fail(f"Tsunagu could not start.\n{log.read_text(errors='replace').strip()}")
    _console.print(
        "`tsunagu status` shows it, `tsunagu env` prints its addresses, `tsunagu down` stops it.",
        soft_wrap=True,
    )


def _follow(file: StateFile, supervisor: "subprocess.Popen[bytes]", log: Path) -> SystemState | None:
    """Print what the supervisor reports until the system is ready; None when the supervisor has ended."""
    shown = 0
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        running = supervisor.poll() is None
        state = file.read()
        lines = log.read_text(errors="replace").splitlines()
        if running:
            for line in lines[shown:]:
                _console.print(line, markup=False, soft_wrap=True)
            shown = len(lines)
        if not running:
            return None
        if state.phase is Phase.READY and state.supervisor_pid == supervisor.pid:
            return state
        if time.monotonic() > deadline:
            supervisor.send_signal(signal.SIGTERM)
            wait_until_ended(supervisor.pid)
            raise fail(f"Tsunagu was not ready within {START_TIMEOUT_SECONDS} s; the log is {log}")
        time.sleep(_POLL_SECONDS)
