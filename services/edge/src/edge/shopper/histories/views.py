"""What a guest says of a link to their purchases, and what they are shown by it."""

import unicodedata
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from edge.shopper.histories.keeping import SQL
from edge.shopper.settings import Settings
from tsunagu.chassis import Connection
from tsunagu.contracts.values import Channel, Count, Day, Instant, Quantity, Yen

NUMBER_CHARACTERS_MAX = 60
"""Longest card number or account as typed, with room for spaces between groups of digits."""


class NumberKind(StrEnum):
    """What a number stands on."""

    MEMBER_CARD = "member_card"
    EC_ACCOUNT = "ec_account"


class AskBody(BaseModel):
    """Of which card or account the purchases are wanted."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: NumberKind
    number: Annotated[str, Field(repr=False, min_length=1, max_length=NUMBER_CHARACTERS_MAX)]

    def ref(self, settings: Settings) -> str:
        """As the retailer's channels name it: half-width; of a card's number without what is put between its groups."""
        typed = unicodedata.normalize("NFKC", self.number).strip()
        if self.kind is NumberKind.EC_ACCOUNT:
            return settings.ec_account_prefix + typed
        return settings.member_card_prefix + "".join(one for one in typed if one.isalnum())


class ProofBody(BaseModel):
    """The digits that were mailed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    digits: Annotated[str, Field(repr=False, pattern=r"^[0-9]{8}$")]


class LinkState(StrEnum):
    """Where a guest stands: nothing asked for, asked for, or proven."""

    NONE = "none"
    ASKED = "asked"
    PROVEN = "proven"


class Goods(BaseModel):
    """A product of a purchase; without names where the catalogue knows it no more."""

    sku: str
    name_ja: str | None = None
    name_en: str | None = None
    quantity: Quantity
    returned_quantity: Count
    amount_jpy: Yen


class Bought(BaseModel):
    """A purchase; without a place where it was sent, or where the store is no more."""

    day: Day
    channel: Channel
    place_ja: str | None = None
    place_en: str | None = None
    lines: list[Goods]
    more_lines: Count
    amount_jpy: Yen


class HistoryView(BaseModel):
    """What a guest's link shows now."""

    state: LinkState
    version: int = 0
    guesses_left: Count | None = None
    valid_until: Instant | None = None
    purchases: list[Bought] = []
    has_more: bool = False


class LinkAsked(BaseModel):
    """What was asked is on its way; `/v1/history` says what becomes of it."""

    state: LinkState = LinkState.ASKED


async def view_of(connection: Connection, version: int, state: dict[str, Any] | None) -> HistoryView:
    """What is shown of a link, with the names that goods and places have now."""
    if state is None:
        return HistoryView(state=LinkState.ASKED)
    purchases = state["purchases"]
    skus = sorted({line["sku"] for one in purchases for line in one["lines"]})
    places = sorted({one["location_id"] for one in purchases if "location_id" in one})
    goods = {row["sku"]: dict(row) for row in await connection.fetch(SQL.name_products, skus)}
    stores = {row["location_id"]: row for row in await connection.fetch(SQL.name_places, places)}

    def bought(one: dict[str, Any]) -> Bought:
        store = stores.get(one.get("location_id", ""))
        named = {} if store is None else {"place_ja": store["name_ja"], "place_en": store["name_en"]}
        lines = [Goods(**{**line, **goods.get(line["sku"], {})}) for line in one["lines"]]
        return Bought(**{**one, **named, "lines": lines})

    return HistoryView(
        state=LinkState.PROVEN if state["proven"] else LinkState.ASKED,
        version=version,
        guesses_left=state["guesses_left"],
        valid_until=state["valid_until"],
        purchases=[bought(one) for one in purchases],
        has_more=state["has_more"],
    )
