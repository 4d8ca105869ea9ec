"""The settings of edge's channels process."""

from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from edge.settings import CommandSettings, DoorSettings
from tsunagu.contracts.values import Channel, Sha256


class Settings(DoorSettings, CommandSettings):
    """Beside the limits that all doors have: which sites join, and how long what they send and get is kept."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_EDGE_CHANNELS_", frozen=True)

    file: Path | None = Field(
        None, description="the sites that join (TOML, docs/channels.md); without it none does"
    )
    api_keys: dict[Sha256, Channel] = Field(
        {},
        description="SHA-256 of each key → its channel, as JSON: for what a site asks for; webhooks are signed",
    )
    requests_per_second: float = Field(
        100.0, gt=0, description="per channel, sustained: a site sends one webhook per order and change"
    )
    requests_burst: int = Field(
        500, ge=1, description="per channel, at once: a site that was cut off sends what has waited"
    )
    webhook_age_seconds_max: float = Field(
        300.0,
        gt=0,
        description="of a signature with a timestamp: clocks differ by less, and each try is signed anew",
    )
    held_cancellation_hours: float = Field(
        168.0,
        gt=0,
        description="how long a cancellation waits for its order: sites send again for two days at most",
    )
    outgoing_workers: int = Field(
        4, ge=1, le=32, description="webhooks sent at once to one channel: one slow answer holds up a quarter"
    )
    outgoing_poll_seconds: float = Field(
        1.0, gt=0, description="how late a webhook may be; an idle look is one query on an index"
    )
    outgoing_timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="a receiver that only notes what it gets answers in less; then it is tried again",
    )
    outgoing_lease_seconds: float = Field(
        60.0,
        gt=0,
        description="after this another worker sends what one has taken and not settled: beyond the timeout",
    )
    outgoing_resend_seconds: float = Field(
        5.0, gt=0, description="pause after the first failure, doubled each time: a restart takes about this"
    )
    outgoing_resend_max_seconds: float = Field(
        3_600.0,
        gt=0,
        description="the pause doubles up to this: a receiver that is back is told within the hour",
    )
    outgoing_kept_days: float = Field(
        7.0,
        gt=0,
        description="then it is given up, and a week after it was settled forgotten: beyond a long holiday",
    )
    files_poll_seconds: float = Field(
        10.0, gt=0, description="how late a file may be taken: sites drop one every few minutes at the most"
    )
    file_bytes_max: int = Field(
        20_000_000,
        ge=1_024,
        description="a file is read whole: 100,000 lines, more than a site sells between two",
    )
    file_orders_at_once: int = Field(
        50,
        ge=1,
        description="orders of a file in one transaction: a webhook of one of them waits no longer than for it",
    )
    file_lease_seconds: float = Field(
        300.0,
        gt=0,
        description="then another process takes a file that one has begun: beyond the time of the largest",
    )
    files_kept_days: int = Field(
        30, ge=1, description="how long the same file again is known as the same; orders are known for longer"
    )
    files_out_interval_seconds: float = Field(
        60.0, gt=0, description="a file of what has happened since the last: sites look every few minutes"
    )
    files_out_rows_max: int = Field(
        10_000, ge=1, description="events in one file; the rest is in the next, at once"
    )
    feed_interval_seconds: float = Field(
        5.0,
        gt=0,
        description="how late a site is told of availability: the buffer is for what is sold meanwhile",
    )
    feed_rows_max: int = Field(
        1_000, ge=1, description="pieces of availability on one page, or in one webhook: some 100 kB"
    )
    feed_full_hours: float = Field(
        24.0, gt=0, description="how often all of it is written as a file, for a site that has lost one"
    )
    comparison_grace_seconds: float = Field(
        600.0, ge=0, description="what differs for less is on its way: a webhook that is late is no lost one"
    )
    comparison_interval_seconds: float = Field(
        60.0,
        gt=0,
        description="how often differences beyond their grace are looked for: one query on an index",
    )
    comparison_orders_max: int = Field(
        5_000, ge=1, description="orders in one comparison: as many as a body holds without what they are of"
    )
    differences_kept_days: int = Field(
        30,
        ge=1,
        description="how long settled differences are shown: a month, to see whether they become more",
    )
    channel_orders_kept_days: int = Field(
        120, ge=1, description="longer than a return is possible; order and customer keep them for good"
    )

    @model_validator(mode="after")
    def _a_lease_outlasts_its_try(self) -> Self:
        if self.outgoing_lease_seconds <= self.outgoing_timeout_seconds:
            raise ValueError("outgoing_lease_seconds must be beyond outgoing_timeout_seconds")
        return self


@cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
