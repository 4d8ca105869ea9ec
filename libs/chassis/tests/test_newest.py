"""Of several states of a key in a batch, the newest counts."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis import Received, newest
from tsunagu.contracts.envelope import Envelope
from tsunagu.contracts.messages import Feed

AT = datetime(2026, 4, 1, tzinfo=UTC)


def received(key: str, version: int, offset: int) -> Received[Feed]:
    feed = Feed(location_id=key, version=version, last_seen_at=AT)
    envelope = Envelope.for_message(feed, id=str(offset), source="tests", time=AT)
    return Received(envelope, feed, key, "inventory.feeds", 0, offset)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4))))
def test_newest__of_any_batch__is_the_last_of_the_highest_version_of_each_key_in_their_order(
    said: list[tuple[str, int]],
) -> None:
    batch = [received(key, version, offset) for offset, (key, version) in enumerate(said)]
    found = newest(batch)
    assert [one.key for one in found] == sorted({key for key, _ in said})
    for one in found:
        of_key = [other for other in batch if other.key == one.key]
        assert one is max(of_key, key=lambda other: (other.message.version, other.offset))
