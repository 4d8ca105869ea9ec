"""Order links, for the notices that name them: their tokens, encrypted, and no longer than they are good."""

from collections.abc import Sequence

from customer import vault
from customer.keyring import keyring
from customer.settings import settings
from customer.store.notices import SQL
from tsunagu.chassis import Deleted, Received, Transaction, newest
from tsunagu.contracts.messages import OrderLink


async def keep(tx: Transaction, messages: Sequence[Received[OrderLink]]) -> None:
    """Keep the newest link of each order and purpose; none where no mail would name it."""
    if settings().smtp_host is None or settings().order_link_url is None:
        return
    links = [received.message for received in newest(messages)]
    master = keyring().master
    await tx.connection.execute(
        SQL.save_links,
        [link.order_id for link in links],
        [link.purpose for link in links],
        [link.version for link in links],
        [vault.lock_link_away(master, link.token, link.link_id) for link in links],
        [link.valid_until for link in links],
    )


async def forget(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget links that are void."""
    named = sorted({OrderLink.named_by(received.key) for received in messages})
    await tx.connection.execute(
        SQL.delete_links, [order_id for _, order_id in named], [purpose for purpose, _ in named]
    )
