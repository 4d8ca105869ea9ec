"""The settings of edge's partner process."""

from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from edge.domain.carriers import CARRIERS
from edge.settings import CommandSettings, DoorSettings, StockSettings
from tsunagu.contracts.values import Channel, Sha256


def _known_carrier(name: str) -> str:
    if name not in CARRIERS:
        raise ValueError(f"no such carrier; there are {', '.join(CARRIERS)}")
    return name


class Settings(DoorSettings, CommandSettings, StockSettings):
    """Beside the limits that all doors have: whose keys are good, and how orders are followed."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_EDGE_PARTNER_", frozen=True)

    api_keys: dict[Sha256, Channel] = Field(
        {}, description="SHA-256 of each key → its channel, as JSON; without any, nobody is let in"
    )
    carrier_keys: dict[Sha256, Annotated[str, AfterValidator(_known_carrier)]] = Field(
        {}, description="SHA-256 of each key → its carrier, as JSON; without any, no carrier is let in"
    )
    order_valid_minutes: float = Field(
        15.0, gt=0, description="an unpaid order that is placed later than this surprises its shopper"
    )
    wait_seconds_max: float = Field(
        10.0, gt=0, description="the longest that ?wait= waits: below the 30 s after which proxies give up"
    )
    streams_max: int = Field(
        500, ge=1, description="open event streams of the process: some 20 MB, and one query for all per poll"
    )
    streams_per_channel_max: int = Field(
        200, ge=1, description="so that one channel can't take all streams from the others"
    )
    stream_seconds_max: float = Field(
        1_800.0,
        gt=0,
        description="then the caller connects again with Last-Event-ID; dead peers are gone by then",
    )
    stream_ping_seconds: float = Field(
        15.0, gt=0, description="below the 30 to 60 s after which proxies close a silent connection"
    )
    stream_send_seconds_max: float = Field(
        10.0, gt=0, description="a peer that reads nothing for so long is cut off"
    )
    stream_close_seconds_max: float = Field(
        2.0,
        gt=0,
        description="how long an open stream may take to end when the process stops; below its grace",
    )
    watch_poll_seconds: float = Field(
        0.5, gt=0, description="how late news is that another process of this service has taken in"
    )
    orders_kept_days: int = Field(
        120, ge=1, description="longer than a return is possible; order and customer keep them for good"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
