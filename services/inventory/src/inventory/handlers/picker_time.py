"""When pickers have done what a batch promises, and how much of their time is promised with that."""

from datetime import datetime

from inventory.domain.capacity import Pickers
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.network import Place
from tsunagu.chassis import Connection


class PickerTime:
    """The pickers' time at all locations of one batch: what one order is promised, the next one can't have."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._pickers: dict[str, Pickers] = {}
        self._unlimited: dict[str, datetime] = {}

    def picked_at(self, place: Place, lines: int) -> datetime:
        """When so many lines of an order are picked there; their minutes are promised then."""
        location_id = place.location_id
        if location_id in self._unlimited:
            return self._unlimited[location_id]
        pickers = self._pickers.get(location_id)
        if pickers is None:
            pickers = self._pickers[location_id] = Pickers(place.hours, place.capacity)
        rules = settings()
        done = pickers.picked_at(self._now, rules.pick_promise_minutes, lines * rules.pick_minutes_per_line)
        if not pickers.promised:
            self._unlimited[location_id] = done
        return done

    async def save(self, connection: Connection) -> None:
        """Note what was promised until pickup says what its pickers can do since: one statement, where there is any.

        Notes are added, never changed: no two batches wait for each other.
        """
        notes = [
            (location_id, until, minutes)
            for location_id, pickers in self._pickers.items()
            for until, minutes in pickers.promised.items()
        ]
        if notes:
            await connection.execute(SQL.note_picker_time, *map(list, zip(*notes, strict=True)), self._now)
