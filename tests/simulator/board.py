"""What the board of the retailer asks insight to take on record: targets, baselines, measures, policies."""

from datetime import date, timedelta
from random import Random

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.testing.simulated_clock import SimulatedClock

_POLICIES = ("both-earn-v2", "channel-only-v2", "handover-only-v2", "of-nobody-v1")
_OWNER = "staff:board"
_DUE = date(2031, 9, 30)


class Board:
    """Draws up commands; what they are about changes at the same time."""

    def __init__(self, random: Random, clock: SimulatedClock) -> None:
        self._random = random
        self._clock = clock
        self._said = 0

    def target(self) -> Message:
        """What a figure shall be."""
        return m.SetTarget(
            target_id=self._next_id(),
            kpi=self._figure(),
            scope="all",
            period="total",
            target=1_000_000,
            owner=_OWNER,
            due=_DUE,
            occurred_at=self._clock.now(),
        )

    def baseline(self) -> Message:
        """What a figure was before."""
        return m.SetBaseline(
            baseline_id=self._next_id(),
            kpi=self._figure(),
            scope="all",
            period="total",
            value=500_000,
            occurred_at=self._clock.now(),
        )

    def measure(self) -> Message:
        """What is done to move a figure."""
        return m.RecordMeasure(
            measure_id=self._next_id(),
            kpi=self._figure(),
            scope="all",
            title="棚替え",
            owner=_OWNER,
            starts_on=_DUE,
            occurred_at=self._clock.now(),
        )

    def policy(self) -> Message:
        """Another policy credits sales, from today on or from tomorrow."""
        today = self._clock.now().date()
        return m.AdoptPolicy(
            adoption_id=self._next_id(),
            policy_id=self._random.choice(_POLICIES),
            kind="credit",
            effective_from=today + timedelta(days=self._random.choice((0, 0, 1))),
            agreed_by=("stores", "ec"),
            occurred_at=self._clock.now(),
        )

    def _figure(self) -> str:
        return self._random.choice(("sales_jpy", "orders_placed", "pick_minutes", "figure_of_nobody"))

    def _next_id(self) -> str:
        self._said += 1
        return f"board-{self._said}"
