"""What is broken on purpose, after all has been asked: its alert fires, what its page says mends it, the alert ends."""

import json
import os
import re
import signal
from typing import Any

import pytest
from tests.ops.conftest import POISON, Watched

pytestmark = [pytest.mark.ops, pytest.mark.long, pytest.mark.timeout(900)]

FIRES_SECONDS_MAX = 420.0  # the longest `for` of these alerts is five minutes
ENDS_SECONDS_MAX = (
    180.0  # a process starts within a minute on a busy machine, and beats every fifteen seconds
)


def firing(name: str, **labels: str) -> str:
    matchers = "".join(f', {label}="{value}"' for label, value in labels.items())
    return f'ALERTS{{alertname="{name}", alertstate="firing"{matchers}}}'


def is_quiet(found: list[Any]) -> bool:
    return not found


async def test_service__stands_still__two_alerts_name_it_and_a_start_ends_them(watched: Watched) -> None:
    """docs/alerts.md, "A process does not answer": nothing is lost by killing it, and it is started again."""
    frozen = watched.process("pickup")
    assert frozen.pid is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    down = firing("ServiceDown", service="pickup")
    unheard, deaf = firing("BackboneSilent", sender="pickup"), firing("BackboneSilent", service="order")
    await watched.until(down, bool, FIRES_SECONDS_MAX)
    await watched.until(unheard, bool, FIRES_SECONDS_MAX)
    assert await watched.query(f"{deaf} unless {unheard}") == [], "order hears all others"
    code, said = await watched.tsunagu("status")
    assert code != 0
    assert re.search(r"pickup", said)
    os.kill(frozen.pid, signal.SIGKILL)
    await watched.until(down, is_quiet, ENDS_SECONDS_MAX)
    await watched.until(unheard, is_quiet, ENDS_SECONDS_MAX)


async def test_poison__waits_for_somebody__and_is_discarded(watched: Watched) -> None:
    """docs/dead-letters.md: what nobody can read is looked at, and given up with a reason."""
    waiting = firing("DeadLettersWaiting", service="order")
    await watched.until(waiting, bool, FIRES_SECONDS_MAX)
    _, listed = await watched.tsunagu("dlq", "list", "order", "--json")
    [letter] = json.loads(listed)["dead_letters"]
    code, shown = await watched.tsunagu("dlq", "show", "order", str(letter["id"]))
    assert code == 1
    assert POISON.decode() in shown
    code, said = await watched.tsunagu("dlq", "discard", "order", str(letter["id"]), "--note", "no order")
    assert code == 0, said
    await watched.until(waiting, is_quiet, ENDS_SECONDS_MAX)
