"""What the relay reads, over any order of transactions: every row that commits, and each key's in the order of ids."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis.unread import Unread

KEYS = 3
# Ids start where a sequence does that has been used before; a foreign transaction has no row here.
BEGIN, FOREIGN, COMMIT, ROLL_BACK, READ = "begin", "foreign", "commit", "roll back", "read"

actions = st.lists(
    st.tuples(
        st.sampled_from([BEGIN, BEGIN, FOREIGN, COMMIT, COMMIT, ROLL_BACK, READ, READ]),
        st.integers(0, KEYS - 1),
    ),
    max_size=60,
)


@dataclass
class Database:
    """Transactions that write one row each under the lock of its key, and one that reads."""

    limit: int
    unread: Unread
    next_xid: int = 100
    next_id: int = 7
    open: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)  # xid: (id, key)
    rows: dict[int, int] = field(default_factory=dict)  # committed and not sent: id: key
    committed: list[tuple[int, int]] = field(default_factory=list)
    sent: list[tuple[int, int]] = field(default_factory=list)

    def begin(self, key: int | None) -> None:
        """A transaction that holds its key's lock gets an id."""
        if key is None:
            self.open[self.next_xid] = (None, None)
        elif key not in {held for _, held in self.open.values()}:
            self.open[self.next_xid] = (self.next_id, key)
            self.next_id += 1
        self.next_xid += 1

    def end(self, which: int, commits: bool) -> None:
        """One of those under way ends."""
        if self.open:
            row, key = self.open.pop(sorted(self.open)[which % len(self.open)])
            if commits and row is not None and key is not None:
                self.rows[row] = key
                self.committed.append((row, key))

    def read(self) -> int:
        """Send what is found, as the relay does; how many ids were looked at."""
        stretches = list(zip(*self.unread.stretches(), strict=True))
        found = sorted(row for row in self.rows if any(low <= row <= high for low, high in stretches))
        found = found[: self.limit]
        self.sent += [(row, self.rows.pop(row)) for row in found]
        self.unread.note(found, min([*self.open, self.next_xid]), self.next_xid)
        return len(stretches)


def play(database: Database, steps: list[tuple[str, int]]) -> None:
    for action, number in steps:
        if action in (BEGIN, FOREIGN):
            database.begin(number if action == BEGIN else None)
        elif action == READ:
            database.read()
        else:
            database.end(number, commits=action == COMMIT)


@given(actions, st.integers(1, 5), st.integers(1, 4))
def test_unread__any_order_of_transactions__all_rows_are_read_and_each_keys_in_order(
    steps: list[tuple[str, int]], limit: int, gaps_max: int
) -> None:
    database = Database(limit, Unread(gaps_max))
    play(database, steps)
    while database.open:
        database.end(0, commits=True)
    while database.rows:
        before = len(database.sent)
        database.read()
        assert len(database.sent) > before, f"{database.rows} would never be read"
    assert sorted(database.sent) == sorted(database.committed)
    for key in range(KEYS):
        ids = [row for row, of in database.sent if of == key]
        assert ids == sorted(ids)


@given(actions, st.integers(1, 5))
def test_unread__all_have_ended__looks_above_what_was_sent_only(
    steps: list[tuple[str, int]], limit: int
) -> None:
    database = Database(limit, Unread(100))
    play(database, steps)
    while database.open:
        database.end(0, commits=False)
    for _ in range(3):  # what comes after everything has ended finds the gaps closed
        database.begin(0)
        database.end(0, commits=True)
        while database.rows:
            database.read()
    assert database.read() == 1


def test_unread__foreign_transaction_stays_open__a_look_at_what_was_rolled_back_only() -> None:
    database = Database(10, Unread(100))
    database.begin(0)
    database.end(0, commits=True)
    database.read()
    database.begin(1)
    database.end(0, commits=True)
    database.read()
    database.begin(None)
    for number in range(50):
        database.begin(number % KEYS)
        database.end(1, commits=number % 10 != 3)
        database.read()
    lows, highs = database.unread.stretches()
    assert [high - low for low, high in zip(lows, highs, strict=True)][:-1] == [0] * 5


def test_unread__too_many_gaps__are_one_until_the_last_of_their_transactions_has_ended() -> None:
    unread = Unread(2)
    unread.note([10], 5, 6)
    unread.note([12], 6, 9)
    unread.note([14, 16], 8, 11)
    lows, highs = unread.stretches()
    assert (lows, highs[:-1]) == ([11, 17], [15])
    unread.note([17], 10, 12)
    assert unread.stretches()[0] == [11, 18]
    unread.note([18], 11, 12)
    assert unread.stretches()[0] == [19]


def test_unread__more_of_a_gap_than_fits_into_one_reading__the_rest_is_read_next() -> None:
    unread = Unread(100)
    unread.note([10, 20], 5, 8)
    unread.note([12, 13], 8, 12)  # all have ended, and 15 is there as well
    lows, highs = unread.stretches()
    assert (lows, highs[:-1]) == ([14, 21], [19])
