"""The settings of edge's partner process."""

from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from edge.domain.carriers import CARRIERS
from edge.settings import DoorSettings, FollowingSettings, StockSettings
from tsunagu.contracts.values import Channel, Sha256


def _known_carrier(name: str) -> str:
    if name not in CARRIERS:
        raise ValueError(f"no such carrier; there are {', '.join(CARRIERS)}")
    return name


class Settings(DoorSettings, FollowingSettings, StockSettings):
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


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
