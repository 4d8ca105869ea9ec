"""The same messages again under ids of their own, made without encoding anything a second time."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from tsunagu.contracts.envelope import Record

GENERATIONS_MAX = 10_000
"""As many as the digits of an id that tell generations apart can count."""

DIGITS = 4


def with_fresh_ids(records: Iterable[Record], generation: int) -> Iterator[Record]:
    """Records whose key and `ce_id` end in the digits of `generation`, wherever these ids stand.

    Ids of the given records must differ without their last four characters. Raises ValueError for a generation that
    four digits can't count.
    """
    if not 0 <= generation < GENERATIONS_MAX:
        raise ValueError(f"generation {generation} is not below {GENERATIONS_MAX}")
    digits = f"{generation:0{DIGITS}d}".encode()
    for record in records:
        key = record.key[:-DIGITS] + digits
        message_id = dict(record.headers)["ce_id"]
        assert message_id is not None
        fresh = {record.key: key, message_id: message_id[:-DIGITS] + digits}
        yield Record(
            key,
            record.value and record.value.replace(record.key, key),
            [(name, value if value is None else fresh.get(value, value)) for name, value in record.headers],
        )


def repeated(records: Sequence[Record], count: int, first: int = 0) -> Iterator[Record]:
    """`count` messages, all with ids of their own: the records as generation `first`, then as the next one …"""
    generations = (with_fresh_ids(records, generation) for generation in itertools.count(first))
    return itertools.islice(itertools.chain.from_iterable(generations), count)


def in_stretches(records: Sequence[Record], generations: int, stretch: int) -> Iterator[Record]:
    """All generations of the records, `stretch` records of each at a time: the early ones of all come first."""
    for first in range(0, len(records), stretch):
        for generation in range(generations):
            yield from with_fresh_ids(records[first : first + stretch], generation)
