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
    kpis_kept_days: int = Field(
        400, ge=31, description="as many by day as insight keeps: a year back and a month"
    )
    shown_max: int = Field(
        2_000,
        ge=1,
        description="definitions, policies, measures or locations in one answer: more than there are",
    )
    period_days_max: int = Field(400, ge=1, description="days in one chart; insight keeps no more of them")
    sums_shown_max: int = Field(
        20_000, ge=1, description="200 stores by day over a quarter; more is asked for by week or month"
    )
    trials_shown_max: int = Field(20, ge=1, description="policies that were tried, the latest; a screenful")
    answers_kept_days: int = Field(
        30, ge=1, description="what a policy would have credited is talked about for a month"
    )
    conditions_missed_max: int = Field(
        3, ge=1, description="of a process's conditions; one comes late while Kafka moves a leader"
    )
    conditions_shown_max: int = Field(1_000, ge=1, description="processes looked at: far more than run")
    conditions_kept_hours: float = Field(
        1.0, gt=0, description="of processes that are gone, so that a rolling update can be followed"
    )
    order_worth_kept_days: int = Field(
        90, ge=1, description="after its last change; as long as topics keep dead letters"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
