"""How old the oldest record is that a consumer has not handled, as far as it can know without fetching it."""


class Lateness:
    """What one consumer knows of the record it will handle next. All times are Unix seconds."""

    def __init__(self) -> None:
        self._in_hand_from: float | None = None
        self._handled_until: float | None = None
        self._caught_up_at: float | None = None

    def begin(self, oldest_record_at: float) -> None:
        """Records are in hand, and the oldest of them was written then."""
        self._in_hand_from = oldest_record_at

    def end(self, newest_record_at: float | None = None) -> None:
        """None is in hand any more; those up to `newest_record_at` are handled, None where they were handed back."""
        self._in_hand_from = None
        if newest_record_at is not None:
            self._handled_until = newest_record_at

    def seconds(self, now: float, waiting_records: int) -> float:
        """Age of the oldest record not handled; 0 without any.

        Where none is in hand, the next was written after the last one that was handled, and after the last time
        that none was waiting: a topic that was silent for an hour is not an hour late with its next record.
        """
        if self._in_hand_from is not None:
            return max(0.0, now - self._in_hand_from)
        if not waiting_records:
            self._caught_up_at = now
            return 0.0
        known = [at for at in (self._handled_until, self._caught_up_at) if at is not None]
        return max(0.0, now - max(known)) if known else 0.0
