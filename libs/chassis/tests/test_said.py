"""What stands for events that were said long ago, and connections that lead to another cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis.cluster_connections import ClusterConnections
from tsunagu.chassis.said import Kept, Place, latest
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import CommandAccepted, CommandRefused, OrderPlaced

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
EVENT, ANSWERS = OrderPlaced.WIRE_TYPE, (CommandAccepted.WIRE_TYPE, CommandRefused.WIRE_TYPE)
Row = tuple[str, list[Record], datetime]

messages = st.builds(
    lambda key, value, wire_type: Record(key, value, [("ce_type", wire_type.encode())]),
    st.sampled_from([b"a", b"b", b"c"]),
    st.binary(max_size=3),
    st.sampled_from([EVENT, *ANSWERS]),
)
rows = st.lists(
    st.tuples(st.sampled_from(["order.events", "pickup.events"]), st.lists(messages, min_size=1, max_size=4)),
    max_size=8,
).map(
    lambda drawn: [
        (topic, sent, BEGINNING + timedelta(hours=hour)) for hour, (topic, sent) in enumerate(drawn)
    ]
)


def is_event(message: Record) -> bool:
    return dict(message.headers)["ce_type"] == EVENT.encode()


@given(rows)
def test_latest__of_any_rows__is_the_last_event_of_each_key_and_no_answer(of_rows: list[Row]) -> None:
    found = latest(of_rows)
    places = {(topic, message.key) for topic, sent, _ in of_rows for message in sent}
    assert found.keys() == places
    for place in places:
        under_it = [
            Kept(message, at)
            for topic, sent, at in of_rows
            for message in sent
            if (topic, message.key) == place and is_event(message)
        ]
        assert found[place] == (under_it[-1] if under_it else None)


@given(rows, st.integers(1, 8))
def test_latest__taken_in_rounds__is_what_it_is_in_one(of_rows: list[Row], size: int) -> None:
    in_rounds: dict[Place, Kept | None] = {}
    for start in range(0, len(of_rows), size):
        for place, kept in latest(of_rows[start : start + size]).items():
            in_rounds[place] = kept or in_rounds.get(place)
    assert in_rounds == latest(of_rows)


@dataclass(eq=False)
class Broker:
    """A connection, and the cluster that answers at its other end."""

    cluster_id: str
    closed: bool = field(default=False)

    async def send(self, _: Any) -> "Broker":
        return self

    def close(self) -> None:
        self.closed = True


async def ways(connections: Sequence[Broker]) -> list[Broker | None]:
    """What a client gets for connections that come one after the other."""
    coming = iter(connections)

    async def open_connection() -> Broker:
        return next(coming)

    known = ClusterConnections(open_connection)
    return [await known.get() for _ in connections]


async def test_connections__a_later_one_leads_to_another_cluster__is_not_used() -> None:
    first, same, other = Broker("one"), Broker("one"), Broker("two")
    assert await ways([first, same, other, first]) == [first, same, None, first]
    assert (first.closed, same.closed, other.closed) == (False, False, True)
