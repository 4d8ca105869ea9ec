"""Whom an operator means by a ref or an id."""

from customer.identifiers import digest_of_ref
from customer.store import bought
from tsunagu.chassis import Connection


async def meant(connection: Connection, ref: str) -> tuple[str | None, list[str]]:
    """Who is meant, and under which identifiers they are known; a ref that nobody has identified stands for itself."""
    digest = digest_of_ref(ref)
    customer_id = await bought.find_customer(connection, digest, ref)
    return customer_id, [digest] if customer_id is None else await bought.digests_of(connection, customer_id)
