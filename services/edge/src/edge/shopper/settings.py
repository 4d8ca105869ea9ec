"""The settings of edge's shopper process."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from edge.settings import DoorSettings, FollowingSettings, StockSettings
from edge.signing_in.settings import CookieSettings
from edge.web_app import Door
from tsunagu.contracts.values import Channel, FulfilmentMethod


class Settings(DoorSettings, StockSettings, FollowingSettings, CookieSettings):
    """Limits are per client address here: shoppers carry no key."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_EDGE_SHOPPER_", frozen=True)

    requests_per_second: float = Field(
        2.0, gt=0, description="per address, sustained: several shoppers of one store's Wi-Fi, no crawler"
    )
    requests_burst: int = Field(
        20, ge=1, description="per address, at once: a shelf scanned by a whole family"
    )
    channel: Channel = Field("app", description="what activity is recorded, and orders are placed, under")
    guest_kept_days: int = Field(
        400,
        ge=1,
        description="how long a guest's cookie lasts after the last order or scan; browsers keep none longer",
    )
    band_few_spread_pieces: int = Field(
        4,
        ge=0,
        description="few means at most 3 to 7 pieces, another number for each product and location: who sees the band"
        " change guesses right once in five times",
    )
    band_available_spread_pieces: int = Field(
        8, ge=0, description="and available at most 20 to 28: once in nine"
    )
    lookups_per_product_per_minute: float = Field(
        40.0,
        gt=0,
        description="of one product from one address, sustained: an open page looks every two seconds",
    )
    orders_per_hour: float = Field(
        4.0,
        gt=0,
        description="from one address, sustained: with the burst a hundred a day, more than a store's Wi-Fi needs."
        " Nearly every other order can tell a quantity: fifty addresses learn some 2,500 a day so, of a chain's 10"
        " million; a smaller chain takes less in proportion",
    )
    orders_burst: int = Field(
        20, ge=1, description="from one address, at once: a launch that a store queues for"
    )
    lookups_per_product_burst: int = Field(
        60,
        ge=1,
        description="of one product from one address, at once: a store's Wi-Fi at the start of a sale",
    )
    activity_per_second_max: float = Field(
        50.0,
        gt=0,
        description="recorded lookups of the whole process: beyond, shoppers get answers but"
        " the topic that customer and insight read is spared",
    )
    activity_burst_max: int = Field(500, ge=1, description="recorded at once after a quiet time")
    products_shown_default: int = Field(
        20, ge=1, description="products found by words: two screens of a phone"
    )
    products_shown_max: int = Field(
        50, ge=1, description="who has not found it among fifty types another word; bounds the answer"
    )
    products_ranked_max: int = Field(
        2_000,
        ge=1,
        description="products that one search puts in order: what more have in common tells nobody what is wanted",
    )
    variants_shown_max: int = Field(
        200, ge=1, description="other sizes and colours of a style: twenty colours in ten sizes"
    )
    quantity_per_order_max: int = Field(
        10,
        ge=1,
        description="pieces of one product in one order: what a household uses. More is refused alike whatever there"
        " is, so that orders tell nobody how much",
    )
    order_valid_minutes: float = Field(
        15.0, gt=0, description="an order that is placed later than this surprises its shopper"
    )
    return_days: int = Field(
        14, ge=0, description="shown before an order is placed; what stores take back is the retailer's rule"
    )
    payment_page: AnyHttpUrl | None = Field(
        None,
        description="where goods that are sent are paid (docs/delivery.md). Without it, its key, the public URL that it"
        " leads back to and a key to seal recipients with, all is collected in stores",
    )
    payment_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None,
        description="the secret that signs what is to be paid and what was, shared with the payment page",
    )
    sealing_key_file: Path | None = Field(
        None,
        description="customer's public key (JWK) as its `/sealing-key` gives it: recipients, and codes that show"
        " purchases, are sealed for it",
    )
    member_card_prefix: str = Field(
        "card:", description="what channels put before the number of a member card to name its holder"
    )
    ec_account_prefix: str = Field("ec:", description="the same for an account of the EC site")
    history_requests_per_hour: float = Field(
        10.0,
        gt=0,
        description="purchases asked for, and codes typed, from one address, sustained. Of a customer, three codes a"
        " day are mailed and five guesses each count, however many addresses ask",
    )
    history_requests_burst: int = Field(
        20, ge=1, description="the same at once: a family of three who each mistype a code"
    )
    delivery_days_max: int = Field(
        7,
        ge=1,
        description="shown before an order is placed: a day to pick, up to three on the road, longer to the islands",
    )
    orders_shown_default: int = Field(20, ge=1, description="a guest's newest orders: two screens of a phone")
    orders_shown_max: int = Field(100, ge=1, description="bounds the answer; who has more keeps the mails")
    streams_max: int = Field(
        2_000,
        ge=1,
        description="open event streams of the process: some 80 MB, and one query for all per poll",
    )
    streams_per_holder_max: int = Field(
        8, ge=1, description="tabs that one browser leaves open; more is no shopper"
    )
    link_stores_max: int = Field(
        5, ge=1, description="other stores named to the holder of an order link: as many as fit on a phone"
    )
    order_views_kept_days: int = Field(
        30, ge=15, description="open orders of which nothing is heard; above the 14 days that a link is good"
    )

    @property
    def delivers(self) -> bool:
        """Whether goods can be sent: where there is a page to pay on, and keys for it and for the recipients."""
        needed = (self.payment_page, self.payment_key, self.sealing_key_file, self.public_url)
        return None not in needed

    @property
    def ways(self) -> list[FulfilmentMethod]:
        """How goods can be received."""
        return [FulfilmentMethod.PICKUP, *([FulfilmentMethod.SHIP] if self.delivers else [])]

    @property
    def cart_url(self) -> str:
        """Where the payment page leads back to."""
        return f"{str(self.public_url).rstrip('/')}/app/cart"

    @property
    def order_valid(self) -> timedelta:
        """How long an order may be under way until it is taken on."""
        return timedelta(minutes=self.order_valid_minutes)


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()


def settings_of(door: Door) -> Settings:
    """The settings of the shopper process behind a door."""
    assert isinstance(door.settings, Settings)
    return door.settings
