"""Processes under supervision, with programs of a few lines instead of servers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tsunagu.stack import postgres
from tsunagu.stack.errors import StackError
from tsunagu.stack.identity import Identity, launcher_argv
from tsunagu.stack.process import Process, ProcessSpec
from tsunagu.stack.supervisor import Supervisor
from tsunagu.testing.embedded import embedded_postgres

SLEEPER = "import signal; signal.pause()"
ORDERLY = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
print("on", flush=True)
signal.pause()
"""
STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); signal.pause()"

# It takes its time to end: the kernel gives its memory back.
LARGE = "import signal; memory = bytearray(300_000_000); print('on', flush=True); signal.pause()"


async def always() -> bool:
    return True


def says_on(log: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return "on" in log.read_text()  # noqa: ASYNC240 - a file of a few bytes

    return ready


def niceness_of_the_session(pid: int) -> int | None:
    """None where the kernel shares the processor between processes only."""
    try:
        return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])
    except FileNotFoundError:
        return None


def a_process(tmp_path: Path) -> ProcessSpec:
    return ProcessSpec("sleeper", (sys.executable, "-c", SLEEPER), tmp_path / "sleeper.log", always)


async def test_wait_ready__the_program_ends__shows_the_end_of_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    process = Process(
        ProcessSpec("broken", (sys.executable, "-c", "raise SystemExit('no disk')"), tmp_path / "log", never)
    )
    process.spawn()
    with pytest.raises(StackError, match=r"(?s)broken ended with exit code 1.*no disk"):
        await process.wait_ready()


async def test_stop__the_program_ignores_the_signal__is_killed_after_the_grace(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    command = (sys.executable, "-c", STUBBORN)
    process = Process(ProcessSpec("stubborn", command, log, says_on(log), stop_grace_seconds=0.3))
    process.spawn()
    await process.wait_ready()
    await process.stop()
    assert process.exit_code() == -9


async def test_kill__the_program_is_started_again_before_it_is_seen_gone__returns(tmp_path: Path) -> None:
    log = tmp_path / "large.log"
    process = Process(ProcessSpec("large", (sys.executable, "-c", LARGE), log, says_on(log)))
    process.spawn()
    await process.wait_ready()
    first = process.pid
    killing = asyncio.create_task(process.kill())
    await asyncio.sleep(0)  # it has sent its signals, and waits
    while process.is_running():
        pass
    process.spawn()
    try:
        await asyncio.wait_for(killing, 10)
        assert process.pid not in (None, first)
    finally:
        await process.kill()


async def test_stop__a_frozen_program__ends_in_its_own_good_order(tmp_path: Path) -> None:
    log = tmp_path / "orderly.log"
    process = Process(ProcessSpec("orderly", (sys.executable, "-c", ORDERLY), log, says_on(log)))
    process.spawn()
    await process.wait_ready()
    process.freeze()
    await process.stop()
    assert process.exit_code() == 3


async def test_supervisor__a_program_ends__is_started_again(tmp_path: Path) -> None:
    changed = asyncio.Event()
    supervisor = Supervisor(changed.set)
    await supervisor.start([a_process(tmp_path)])
    watching = asyncio.create_task(supervisor.watch())
    try:
        (supervised,) = supervisor.processes
        first = supervised.process.pid
        assert first is not None
        psutil.Process(first).kill()
        while not (supervised.restarts == 1 and supervised.ready):
            changed.clear()
            await asyncio.wait_for(changed.wait(), 10)
        assert supervised.process.pid not in (None, first)
    finally:
        watching.cancel()
        await supervisor.stop()


async def test_supervisor__another_program_hangs_when_it_is_asked__is_started_again_all_the_same(
    tmp_path: Path,
) -> None:
    changed, asked, starts = asyncio.Event(), asyncio.Event(), 0

    async def hangs_when_started_again() -> bool:
        nonlocal starts
        starts += 1
        if starts > 1:
            asked.set()
            await asyncio.Event().wait()
        return True

    hanging = ProcessSpec(
        "hanging", (sys.executable, "-c", SLEEPER), tmp_path / "hanging.log", hangs_when_started_again
    )
    supervisor = Supervisor(changed.set)
    await supervisor.start([hanging, a_process(tmp_path)])
    watching = asyncio.create_task(supervisor.watch())
    try:
        hangs, sleeps = supervisor.processes
        assert hangs.process.pid is not None
        psutil.Process(hangs.process.pid).kill()
        await asyncio.wait_for(asked.wait(), 10)
        assert sleeps.process.pid is not None
        psutil.Process(sleeps.process.pid).kill()
        while not sleeps.restarts:
            changed.clear()
            await asyncio.wait_for(changed.wait(), 10)
    finally:
        watching.cancel()
        await supervisor.stop()


async def test_supervisor__stops_the_stages_in_reverse_order(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = f"""
import signal, sys
def end(*_):
    open({str(order)!r}, "a").write(sys.argv[1] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("on", flush=True)
signal.pause()
"""
    supervisor = Supervisor()
    for name in ("first", "second", "third"):
        log = tmp_path / f"{name}.log"
        await supervisor.start([ProcessSpec(name, (sys.executable, "-c", program, name), log, says_on(log))])
    await supervisor.stop()
    assert order.read_text() == "third second first "


async def test_supervisor__stopped_while_a_program_starts_that_hears_no_signal__does_not_wait_its_grace(
    tmp_path: Path,
) -> None:
    log = tmp_path / "deaf.log"
    is_deaf = asyncio.Event()

    async def never() -> bool:
        if await says_on(log)():
            is_deaf.set()
        return False

    spec = ProcessSpec("deaf", (sys.executable, "-c", STUBBORN), log, never, stop_grace_seconds=600)
    supervisor = Supervisor()
    starting = asyncio.create_task(supervisor.start([spec]))
    await is_deaf.wait()
    starting.cancel()
    async with asyncio.timeout(60):
        await supervisor.stop()
    assert supervisor.processes == []


async def test_supervisor__cancelled_while_it_stops__kills_at_once(tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    command = (sys.executable, "-c", STUBBORN)
    supervisor = Supervisor()
    await supervisor.start([ProcessSpec("stubborn", command, log, says_on(log), stop_grace_seconds=60)])
    (stubborn,) = supervisor.processes
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0)  # lets it send its signal
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(stopping, 10)
    assert stubborn.process.exit_code() == -9
    assert supervisor.processes == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed parent")
def test_launcher__the_parent_is_killed__its_child_is_gone() -> None:
    program = """
import subprocess, sys
from tsunagu.stack.identity import Identity, launcher_argv
program = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
subprocess.run(launcher_argv(Identity.CALLER, sys.executable, "-c", program), start_new_session=True)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_launcher__the_parent_is_gone_before_it_looks__does_not_start_the_program() -> None:
    command = launcher_argv(Identity.CALLER, sys.executable, "-c", "print('started')")
    parent_argument = command.index(str(psutil.Process().pid))
    command[parent_argument] = "1"
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == ""


async def test_start__a_program_that_stands_back__does_so_once_it_serves(tmp_path: Path) -> None:
    ours = psutil.Process().nice()
    supervisor = Supervisor()
    try:
        await supervisor.start([replace(a_process(tmp_path), niceness=5)])
        pid = supervisor.processes[0].process.pid
        assert pid is not None
        assert psutil.Process(pid).nice() == min(ours + 5, 19)
        assert niceness_of_the_session(pid) in {5, None}
    finally:
        await supervisor.stop()


@pytest.mark.component
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
async def test_postgres__root_without_user_namespaces__runs_as_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "unprivileged", lambda: Identity.NOBODY)
    async with embedded_postgres() as server:
        assert server.process.pid is not None
        assert psutil.Process(server.process.pid).username() == "nobody"
        await server.restart()
