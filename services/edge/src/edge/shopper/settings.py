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
