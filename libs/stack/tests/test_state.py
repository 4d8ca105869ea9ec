"""The state file and its lock."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tsunagu.stack import passwords
from tsunagu.stack.errors import StackError
from tsunagu.stack.state import Phase, ProcessState, StateFile, SystemState, is_same_process, start_time


def test_read__no_file_or_half_a_file__is_an_empty_state(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    assert file.read() == SystemState()
    file.path.write_text('{"phase": "rea')
    assert file.read() == SystemState()


def test_write__reads_back(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    state = SystemState(phase=Phase.READY, ports={"kafka": 20000})
    file.write(state)
    assert file.read() == state


def test_locked__a_second_supervisor__is_told_so(tmp_path: Path) -> None:
    with StateFile(tmp_path).locked():
        assert StateFile(tmp_path).is_locked()
        with pytest.raises(StackError, match="already running"), StateFile(tmp_path).locked():
            pass
    assert not StateFile(tmp_path).is_locked()


def test_is_same_process__the_pid_was_given_to_another__is_not(tmp_path: Path) -> None:
    started = start_time(os.getpid())
    assert started is not None
    assert is_same_process(os.getpid(), started)
    assert not is_same_process(os.getpid(), started - 60)


def test_end_leftovers__ends_what_is_recorded_and_spares_who_got_the_pid_later(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    leftover, stranger = (subprocess.Popen(command, start_new_session=True) for _ in range(2))
    try:
        file = StateFile(tmp_path)
        file.write(
            SystemState(
                processes=[
                    ProcessState(
                        name="kafka", pid=leftover.pid, started=start_time(leftover.pid), log=tmp_path / "a"
                    ),
                    ProcessState(name="postgres", pid=stranger.pid, started=1.0, log=tmp_path / "b"),
                ]
            )
        )
        assert file.end_leftovers() == ["kafka"]
        leftover.wait(10)
        assert psutil.pid_exists(stranger.pid)
    finally:
        for process in (leftover, stranger):
            process.kill()
            process.wait()


def test_passwords__are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = passwords.ensure(tmp_path, ["a", "b"])
    assert first["a"] != first["b"]
    assert passwords.ensure(tmp_path, ["a", "b", "c"]) | first == passwords.load(tmp_path)
    assert (tmp_path / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_passwords__damaged_file__says_what_to_delete(tmp_path: Path) -> None:
    (tmp_path / "passwords.json").write_text("{")
    with pytest.raises(StackError, match="delete it together with"):
        passwords.load(tmp_path)
