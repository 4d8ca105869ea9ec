"""The settings of edge's staff process."""

from functools import cache
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from edge.settings import CommandSettings, DoorSettings
from edge.signing_in.settings import SignInSettings
from edge.staff.owners import OwnerRef
from tsunagu.contracts.values import LocationId, Sha256


class Settings(DoorSettings, CommandSettings, SignInSettings):
    """Beside the limits that all doors have: whose keys are good, and what today means."""

    model_config = SettingsConfigDict(
        env_prefix="TSUNAGU_EDGE_STAFF_", frozen=True, hide_input_in_errors=True
    )

    api_keys: dict[Sha256, LocationId] = Field(
        {},
        description="SHA-256 of each key → its store's location_id, as JSON; without any, nobody is let in",
    )
    owner_keys: dict[Sha256, OwnerRef] = Field(
        {},
        description="SHA-256 of each key → whose tasks it shows and answers (dept:…, area:…, headquarters), as JSON",
    )
    digits_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None,
        description="keys the hash of pickup codes' digits, the same as pickup's; without it no digits are taken",
    )
    day_begins_hour: int = Field(
        5,
        ge=0,
        le=12,
        description="the business day ends after midnight: tills write hours up to 29, which is 5",
    )
    tasks_shown_max: int = Field(
        500, ge=1, description="three times what a large store does in a day; bounds the answer"
    )
    waiting_shown_max: int = Field(
        1_500,
        ge=1,
        description="a large store's pickups of ten days, longer than most wait; bounds the answer",
    )
    figures_shown_max: int = Field(
        1_000, ge=1, description="some forty figures of a store for three weeks; bounds the answer"
    )
    figures_kept_days: int = Field(
        42,
        ge=1,
        description="six weeks by day: this one beside the same days of last month; the board keeps the year",
    )
    ended_tasks_kept_days: int = Field(
        35, ge=1, description="a month and a few days, to compare with; insight keeps the figures"
    )
    codes_kept_days: int = Field(
        21,
        ge=1,
        description="goods wait for 14 days at most, and some more where a store is closed at the end",
    )
    handed_out_kept_days: int = Field(
        35, ge=1, description="goods come back within a month; later ones are returned by their receipt"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
