"""Dead letters as an operator reads them."""

import json
from datetime import datetime

from rich.console import Console

from tsunagu.cli.operators.port import Row
from tsunagu.cli.printable import printable

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def age(since: str, now: datetime) -> str:
    """How long ago an ISO 8601 instant was, in the unit that a person would use."""
    seconds = max(0, round((now - datetime.fromisoformat(since)).total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} d"


def show_dead_letters(console: Console, letters: list[Row], now: datetime) -> None:
    """Two lines each; what parks its key is marked, since its followers wait behind it."""
    for letter in letters:
        parked = letter["parks_key"] and letter["state"] == "waiting"
        _say(
            console,
            f"{letter['service']} {letter['dead_letter_id']}: {'key parked' if parked else letter['state']}, "
            f"{age(letter['recorded_at'], now)} old, {letter['reason']}: {letter['detail']}",
        )
        _say(
            console,
            f"    {letter['topic']} @ {letter['partition']}/{letter['log_offset']}, "
            f"key {letter['key']}, {letter['message_type'] or 'type unknown'}",
        )


def show_set_aside(console: Console, rows: list[Row], now: datetime) -> None:
    """Two lines each, under a heading: these are messages on their way out."""
    _say(console, "set aside, since Kafka refuses them for good:")
    for row in rows:
        _say(
            console,
            f"{row['service']} {row['set_aside_id']}: {age(row['set_aside_at'], now)} ago, {row['reason']}",
        )
        _say(console, f"    {row['topic']}, key {row['key']}, {row['value_bytes']} bytes")


def show_dead_letter(console: Console, letter: Row, now: datetime) -> None:
    """One dead letter, whole, its value laid out where it is JSON."""
    for name, value in letter.items():
        if name != "value":
            note = f" ({age(value, now)} ago)" if name in ("recorded_at", "settled_at") and value else ""
            _say(console, f"{name}: {'–' if value is None else value}{note}")
    console.print("value:")
    for line in _laid_out(letter["value"]):
        _say(console, f"  {line}")


def show_result(console: Console, result: Row) -> None:
    """What became of a dead letter."""
    left = "" if result["left"] is None else f": {result['left']}"
    word = "still waits" if left else result["state"]
    _say(console, f"{result['dead_letter_id']} {word}{left}")


def show_redrive(console: Console, redrive: Row) -> None:
    """A redrive in a line or two: who asked for what, and how far it is."""
    meant = " ".join(
        f"{name} {redrive[name]}" for name in ("topic", "reason", "message_type") if redrive[name]
    )
    if redrive["dry_run"]:
        _say(
            console, f"{redrive['matched']} would be redriven ({meant or 'all that waits'}); nothing was done"
        )
        return
    _say(
        console,
        f"{redrive['redrive_id']} {redrive['state']}: {redrive['redriven']} of {redrive['matched']} redriven, "
        f"{redrive['failed']} failed again; {meant or 'all that waits'}, {redrive['rate_per_second']:g} a second, "
        f"by {redrive['asked_by']}",
    )
    if redrive["last_error"]:
        _say(console, f"    {redrive['last_error']}")


def _laid_out(value: str | None) -> list[str]:
    if value is None:
        return ["none (a delete, or kept out because the topic is secret)"]
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        return value.splitlines()


def _say(console: Console, line: str) -> None:
    console.print(printable(line), markup=False, soft_wrap=True)
