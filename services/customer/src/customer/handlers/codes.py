"""Pickup codes, for the notices that name them: only the digits, encrypted, and no longer than they are good."""

from collections.abc import Sequence

from customer import vault
from customer.keyring import keyring
from customer.settings import settings
from customer.store.notices import SQL
from tsunagu.chassis import Deleted, Received, Transaction, newest
from tsunagu.contracts.messages import PickupCode


async def keep(tx: Transaction, messages: Sequence[Received[PickupCode]]) -> None:
    """Keep the newest code of each order, any code of which is good for all of it; none where no mail is sent."""
    if settings().smtp_host is None:
        return
    codes = [received.message for received in newest(messages)]
    master = keyring().master
    await tx.connection.execute(
        SQL.save_codes,
        [code.order_id for code in codes],
        [code.version for code in codes],
        [vault.lock_code_away(master, code.digits, code.order_id) for code in codes],
        [code.valid_until for code in codes],
        [code.recipient_version or 0 for code in codes],
    )


async def forget(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget codes that are void."""
    await tx.connection.execute(SQL.delete_codes, sorted({received.key for received in messages}))
