"""Asks every service, once a second, whether it is ready and how far behind it is."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tsunagu.retailer.http_request import request

INTERVAL_SECONDS = 1.0
_OK = 200
_TIMEOUT_SECONDS = 3.0  # a service that takes longer to answer is shown as not ready

_AT_RISK = re.compile(r'^tsunagu_pickup_transfers_at_risk\{state="\w+"\} ([0-9.e+-]+)$', re.MULTILINE)
"""What the alert PickupTransferAtRisk adds up."""
_SAMPLE = re.compile(r'^(tsunagu_\w+?)(?:\{topic="([^"]+)"\})? ([0-9.e+-]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a service says of itself. `lag` counts the records it has not handled yet, by topic."""

    ready: bool = False
    lag: Mapping[str, int] = field(default_factory=dict)
    lag_seconds: Mapping[str, float] = field(default_factory=dict)
    outbox_rows: int = 0
    due_seconds: float = 0.0
    """How long the oldest due work has been due."""
    dead_letters: int = 0
    """Records that could not be read, and parked keys."""
    transfers_at_risk: int = 0
    """Of which its alert would speak."""

    @property
    def is_idle(self) -> bool:
        """Whether it has handled all it knows of and said all it decided."""
        return self.ready and not any(self.lag.values()) and not self.outbox_rows and not self.due_seconds

    @property
    def busy_with(self) -> str:
        """What keeps it from being idle, in words."""
        if not self.ready:
            return "not ready"
        behind = [f"{count} of {topic}" for topic, count in self.lag.items() if count]
        if behind:
            return f"has not handled {', '.join(behind)}"
        if self.outbox_rows:
            return f"{self.outbox_rows} messages to send"
        return f"work due for {self.due_seconds:.0f} s"


def state_from(metrics: str, ready: bool) -> ServiceState:
    """The state that a service's metrics (Prometheus text format) tell."""
    lag: dict[str, int] = {}
    lag_seconds: dict[str, float] = {}
    plain: dict[str, float] = {}
    for name, topic, value in _SAMPLE.findall(metrics):
        if name == "tsunagu_consumer_lag_records":
            lag[topic] = int(float(value))
        elif name == "tsunagu_consumer_lag_seconds":
            lag_seconds[topic] = float(value)
        elif not topic:
            plain[name] = float(value)
    return ServiceState(
        ready=ready,
        lag=lag,
        lag_seconds=lag_seconds,
        outbox_rows=int(plain.get("tsunagu_outbox_rows", 0)),
        due_seconds=plain.get("tsunagu_due_work_oldest_age_seconds", 0.0),
        dead_letters=int(plain.get("tsunagu_dead_letters", 0) + plain.get("tsunagu_parked_keys", 0)),
        transfers_at_risk=round(sum(map(float, _AT_RISK.findall(metrics)))),
    )


class Services:
    """The services by name, as they last answered."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self.states: dict[str, ServiceState] = {name: ServiceState() for name in urls}
        self._asked = asyncio.Event()
        self.alerted_at_risk = 0
        """How many transfers at risk the alert would have spoken of, when they were most."""

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            answers = await asyncio.gather(*(_ask(url) for url in self._urls.values()))
            self.states = dict(zip(self._urls, answers, strict=True))
            at_risk = sum(state.transfers_at_risk for state in answers)
            self.alerted_at_risk = max(self.alerted_at_risk, at_risk)
            self._asked.set()
            self._asked = asyncio.Event()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def next_round(self) -> None:
        """Wait until all have been asked once more."""
        await self._asked.wait()

    def lag_seconds(self) -> dict[str, float]:
        """The lag of the reader that is furthest behind, by topic."""
        worst: dict[str, float] = {}
        for state in self.states.values():
            for topic, seconds in state.lag_seconds.items():
                worst[topic] = max(worst.get(topic, 0.0), seconds)
        return worst

    def busy(self) -> list[str]:
        """Which services have something left to handle or to say, and what."""
        return [f"{name}: {state.busy_with}" for name, state in self.states.items() if not state.is_idle]

    @property
    def are_idle(self) -> bool:
        """Whether every service has handled all it knows of."""
        return not self.busy()


async def _ask(url: str) -> ServiceState:
    try:
        ready = await request("GET", f"{url}/readyz", timeout_seconds=_TIMEOUT_SECONDS)
        metrics = await request("GET", f"{url}/metrics", timeout_seconds=_TIMEOUT_SECONDS)
    except (OSError, TimeoutError):
        return ServiceState()
    return state_from(metrics.body.decode(), ready.status == _OK)
