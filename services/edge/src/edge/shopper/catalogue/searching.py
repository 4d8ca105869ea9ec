"""Products by words, from an index of their own beside the copy."""

from collections.abc import Sequence
from typing import Any

from edge.domain.words import pieces_to_find, pieces_to_keep, words_of
from edge.product_copy import forget_products, keep_products
from tsunagu.chassis import Connection, Deleted, Handler, Received, Subscription, Transaction, beside, newest
from tsunagu.contracts import topics
from tsunagu.contracts.messages import Product

SQL = beside(__file__)


async def keep_searchable(transaction: Transaction, messages: Sequence[Received[Product]]) -> None:
    """Keep products, and what they are searched by."""
    await keep_products(transaction, messages)
    products = [received.message for received in newest(messages)]
    words = [_words(product) for product in products]
    await transaction.connection.execute(
        SQL.keep_searchable,
        [product.sku for product in products],
        [product.version for product in products],
        [product.style_id for product in products],
        [product.active for product in products],
        [" ".join(found) for found in words],
        [" ".join(pieces_to_keep(found)) for found in words],
    )


SEARCHABLE_PRODUCTS = Subscription(
    topics.CATALOG_PRODUCTS, (Handler(Product, keep_searchable), Handler(Deleted, forget_products))
)


async def find_by_words(
    connection: Connection, text: str, *, ranked_max: int, limit: int
) -> list[dict[str, Any]]:
    """Products on sale that have all words of a text in name, brand, colour, size or category; one of each style."""
    words = words_of(text)
    if not words:
        return []
    rows = await connection.fetch(
        SQL.find_by_words,
        pieces_to_find(words),
        [f"%{_literally(word)}%" for word in words],
        words[0],
        ranked_max,
        limit,
    )
    return [row["body"] for row in rows]


async def variants_of(connection: Connection, product: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """The other sizes and colours of a product that are on sale."""
    rows = await connection.fetch(SQL.read_variants, product["style_id"], product["sku"], limit)
    return [row["body"] for row in rows]


def _words(product: Product) -> list[str]:
    said = (
        product.name_ja,
        product.name_en,
        product.brand,
        product.color,
        product.size,
        product.category,
        product.sku,
    )
    return [word for text in said if text is not None for word in words_of(text)]


def _literally(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
