"""The settings of edge's shopper process."""

from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from edge.settings import CommandSettings, DoorSettings, StockSettings
from tsunagu.contracts.values import Channel


class Settings(DoorSettings, StockSettings, CommandSettings):
    """Limits are per client address here: shoppers carry no key."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_EDGE_SHOPPER_", frozen=True)

    requests_per_second: float = Field(
        2.0, gt=0, description="per address, sustained: several shoppers of one store's Wi-Fi, no crawler"
    )
    requests_burst: int = Field(
        20, ge=1, description="per address, at once: a shelf scanned by a whole family"
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
    lookups_per_product_burst: int = Field(
        60,
        ge=1,
        description="of one product from one address, at once: a store's Wi-Fi at the start of a sale",
    )
    channel: Channel = Field("app", description="what activity is recorded under")
    activity_per_second_max: float = Field(
        50.0,
        gt=0,
        description="recorded lookups of the whole process: beyond, shoppers get answers but"
        " the topic that customer and insight read is spared",
    )
    activity_burst_max: int = Field(500, ge=1, description="recorded at once after a quiet time")
    link_stores_max: int = Field(
        5, ge=1, description="other stores named to the holder of an order link: as many as fit on a phone"
    )
    order_views_kept_days: int = Field(
        30, ge=15, description="open orders of which nothing is heard; above the 14 days that a link is good"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
