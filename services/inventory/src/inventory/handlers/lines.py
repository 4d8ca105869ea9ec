"""The rows of stock that messages with lines are about."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from inventory.domain.stock import StockKey


class _Line(Protocol):
    @property
    def sku(self) -> str: ...


class _AtLocation(Protocol):
    @property
    def location_id(self) -> str: ...

    @property
    def lines(self) -> Sequence[_Line]: ...


class _Received(Protocol):
    @property
    def message(self) -> _AtLocation: ...


def stock_keys(messages: Iterable[_Received]) -> set[StockKey]:
    """Each line's SKU at its message's location."""
    return {
        StockKey(received.message.location_id, line.sku)
        for received in messages
        for line in received.message.lines
    }
