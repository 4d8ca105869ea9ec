"""One service process's dead letters, and what Kafka refuses to take from it."""

from collections.abc import Iterator
from typing import Any

from tsunagu.cli.operators.port import ANSWER_TIMEOUT_SECONDS, OperatorPort, Row

REDRIVE_TIMEOUT_SECONDS = 600.0
"""A key with thousands of followers, each a transaction of its own, is worked off within one request."""


class DeadLetterPort(OperatorPort):
    """The part of an operator port that `tsunagu dlq` speaks to. Every call raises NoAnswer or Refused."""

    def dead_letters(self, topic: str | None = None, *, settled_too: bool = False) -> Iterator[Row]:
        """The waiting ones, oldest first, or all that were ever kept."""
        parameters = {"all": str(settled_too).lower()} | ({} if topic is None else {"topic": topic})
        return self._pages("/dead-letters", parameters, "dead_letter_id")

    def dead_letter(self, dead_letter_id: int) -> Row:
        """One, whole."""
        row: Row = self._call("GET", f"/dead-letters/{dead_letter_id}")
        return row

    def redrive(self, dead_letter_id: int) -> list[Row]:
        """Handle it again, and where it parks its key all that waits under that key, in order.

        The last result has `left` set when something still waits, with the reason.
        """
        results: list[Row] = self._call(
            "POST", f"/dead-letters/{dead_letter_id}/redrive", timeout_seconds=REDRIVE_TIMEOUT_SECONDS
        )
        return results

    def begin_redrive(self, terms: dict[str, str]) -> Row:
        """Have all that `terms` mean redriven in the background (`by`, `rate`, `dry_run`, `topic`, `reason`,
        `message_type`); returns how far it is.
        """
        begun: Row = self._call("POST", "/redrives", terms)
        return begun

    def redrives(self, redrive_id: str | None = None) -> list[Row]:
        """How far the latest redrives are, those that run first; or one."""
        found: list[Row] = self._call("GET", "/redrives", {} if redrive_id is None else {"id": redrive_id})
        return found

    def cancel_redrive(self, redrive_id: str, by: str) -> Row:
        """End a redrive; what it has handled stays handled."""
        ended: Row = self._call("POST", f"/redrives/{redrive_id}/cancel", {"by": by})
        return ended

    def discard(self, dead_letter_id: int, note: str) -> Row:
        """Give it up for good; the note says why."""
        result: Row = self._call("POST", f"/dead-letters/{dead_letter_id}/discard", {"note": note})
        return result

    def set_aside(self) -> Iterator[Row]:
        """Messages that Kafka refuses for good, and what waits behind them."""
        return self._pages("/set-aside", {}, "set_aside_id")

    def release(self, set_aside_id: int) -> list[int]:
        """Send it again, with all that waits behind it; returns the ids of all of them."""
        result: Row = self._call("POST", f"/set-aside/{set_aside_id}/release")
        return [int(released) for released in result["released"]]

    def _pages(self, path: str, parameters: dict[str, str], id: str) -> Iterator[Row]:
        """All rows of a list, which the service gives a page at a time."""
        after = 0
        while page := self._call("GET", path, parameters | {"after": str(after)}):
            yield from page
            after = page[-1][id]

    def _call(
        self,
        method: str,
        path: str,
        parameters: dict[str, str] | None = None,
        timeout_seconds: float = ANSWER_TIMEOUT_SECONDS,
    ) -> Any:
        return self.ask(method, f"/operator{path}", parameters, timeout_seconds)
