"""The check of a system at work, once. Start reading here, then `comparisons.py`: what is compared with what."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from asyncpg import InterfaceError, PostgresError

from audit.reconcile.drift_table import read_drifts
from audit.reconcile.followed_topic import CouldNotLook
from audit.reconcile.looking import OWN_DATABASE, Looked, Looking
from audit.reconcile.settings import ReconcileSettings, reconcile_settings
from audit.reconcile.telling import Report, report


async def reconcile(
    kafka: str, databases: Mapping[str, str], settings: ReconcileSettings | None = None
) -> Report:
    """Compare everything once, and what differs a second time after the grace; nothing is written.

    `kafka`: bootstrap servers. `databases`: database or service → URL of a reading role. Where the audit's own is
    among them, drifts that the continuous check has seen keep the first moment that it knows of.
    Raises CouldNotLook with a sentence.
    """
    settings = settings or reconcile_settings()
    looking = Looking(kafka, databases, settings)
    own = [url for name, url in databases.items() if name.removeprefix("tsunagu_") == OWN_DATABASE]
    try:
        for url in own:
            looking.watch.resume(await read_drifts(url))
        looked = await look_twice(looking, settings.drift_grace_seconds)
        return report(looking, looked, datetime.now(UTC))
    except (OSError, PostgresError, InterfaceError) as error:
        raise CouldNotLook(f"the audit's own database could not be read: {error!r}") from error
    finally:
        await looking.close()


async def look_twice(looking: Looking, grace_seconds: float) -> Looked:
    """A whole round, however many looks it takes, and after the grace a second look at what differed.

    Without any difference there is nothing to wait for. Raises CouldNotLook.
    """
    looked = await looking.look()
    keys = looked.keys
    while looked.round_at is None:
        looked = await looking.look()
        keys += looked.keys
    young = looking.watch.in_flight()
    if young:
        since = max(drift.since for drift in young)
        passed = (datetime.now(UTC) - since).total_seconds()
        await asyncio.sleep(max(0.0, grace_seconds - passed))
        looked = await looking.look(scan=False)
        keys += looked.keys
    looked.keys = keys
    return looked
