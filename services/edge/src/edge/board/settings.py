"""The settings of edge's board process."""

from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from edge.settings import CommandSettings, DoorSettings
from edge.signing_in.settings import SignInSettings
from tsunagu.contracts.values import Ref, Sha256


class Settings(DoorSettings, CommandSettings, SignInSettings):
    """Beside the limits that all doors have: whose keys are good, and how much is shown."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_EDGE_BOARD_", frozen=True)

    api_keys: dict[Sha256, Ref] = Field(
        {}, description="SHA-256 of each key → its person's staff_ref, as JSON; without any, nobody is let in"
    )
    kpis_shown_max: int = Field(
        1_000,
        ge=1,
        description="all figures of a year by month and channel; bounds the answer, ask by name for more",
    )


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
