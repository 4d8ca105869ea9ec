"""Wrong passwords: how many may be tried, by account and by address, before no password is looked at for a while.

Three counts, each forgotten some minutes after its first try: one account from one address (a few: somebody guesses),
one account from everywhere, and one address over all accounts (more: a store shares an address, and nobody far away
may lock a store out with a few tries). A user that there is not is counted alike, so that a lock says nothing.
"""

import hashlib
from dataclasses import astuple, dataclass
from datetime import timedelta

from edge.problems import too_many
from edge.signing_in.sessions import SQL
from edge.signing_in.settings import SignInSettings
from tsunagu.chassis import Connection, clock


@dataclass(frozen=True, slots=True)
class Tried:
    """The subjects that a try counts against; what stands in the table are their digests."""

    here: str
    account: str
    address: str


def tried(user: str, address: str) -> Tried:
    """The subjects of a try of a user's from an address."""
    return Tried(
        _subject("account at address", user, address),
        _subject("account", user),
        _subject("address", address),
    )


async def count(connection: Connection, settings: SignInSettings, tries: Tried) -> None:
    """Count a try before its password is looked at. Raises Problem 429 where there were too many."""
    now = clock.now()
    window = timedelta(minutes=settings.sign_in_failures_minutes)
    limits = {
        tries.here: settings.sign_in_failures_max,
        tries.account: settings.sign_in_failures_spread_max,
        tries.address: settings.sign_in_failures_spread_max,
    }
    rows = await connection.fetch(SQL.count_sign_ins, list(limits), now, now - window)
    waits = [row["began_at"] + window - now for row in rows if row["tries"] > limits[row["subject"]]]
    if waits:
        raise too_many(max(waits).total_seconds())


async def succeeded(connection: Connection, tries: Tried) -> None:
    """The password was right: this try was no failure, nor those before it from the same place."""
    await connection.execute(SQL.take_back_sign_ins, list(astuple(tries)), tries.here)


def _subject(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
