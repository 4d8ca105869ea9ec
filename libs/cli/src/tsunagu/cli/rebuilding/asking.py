"""One service process, asked to tell again what it has said, and how far it has come."""

from dataclasses import dataclass
from typing import Any

from tsunagu.cli.operators.port import OperatorPort
from tsunagu.contracts import topics

BEGIN_TIMEOUT_SECONDS = 660.0
"""Above the services' own `rebuild_timeout_seconds`: millions of rows are marked within one request."""

# Said all the time, told again or not.
_BACKGROUND = {topics.BACKBONE_HEARTBEAT.name, topics.BACKBONE_CONDITIONS.name}


@dataclass(frozen=True, slots=True)
class Left:
    """What a service still has to tell: messages to send by topic, state topics under way, and what failed there."""

    to_send: dict[str, int]
    telling: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def is_told(self) -> bool:
        """Whether everything is told."""
        return not self.to_send and not self.telling


class RebuildPort(OperatorPort):
    """The part of an operator port that `tsunagu rebuild` speaks to. Every call raises NoAnswer or Refused."""

    def plan(self) -> dict[str, dict[str, int]]:
        """What there is to tell: kept events by topic (`said`), keys of state topics by topic (`state`)."""
        return self._post({"dry_run": "true"})

    def begin(self) -> dict[str, dict[str, int]]:
        """Have all of it told again to the cluster that Kafka is now; returns what there is to tell."""
        return self._post({})

    def left(self) -> Left:
        """What is still to be told."""
        answer = self.ask("GET", "/operator/rebuild")
        return Left(
            {topic: records for topic, records in answer["to_send"].items() if topic not in _BACKGROUND},
            tuple(answer["telling"]),
            tuple(state["error"] for state in answer["telling"].values() if state["error"]),
        )

    def _post(self, parameters: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask("POST", "/operator/rebuild", parameters, BEGIN_TIMEOUT_SECONDS)
        return answer
