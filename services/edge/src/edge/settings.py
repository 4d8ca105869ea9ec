"""Limits that all processes have, each with its unit in its name and a reason for its default."""

from pydantic import Field
from pydantic_settings import BaseSettings

from edge.domain.bands import BandLimits


class DoorSettings(BaseSettings):
    """What a door lets in. Each process reads these under its own prefix."""

    body_bytes_max: int = Field(
        262_144, ge=1_024, description="an order of 500 lines takes about 100 kB; more is no order"
    )
    body_seconds_max: float = Field(
        10.0, gt=0, description="a phone on a bad line sends 100 kB in less; slower bodies only hold a place"
    )
    requests_at_once_max: int = Field(
        64, ge=1, description="8 connections answer in milliseconds; more waiting than this only grows older"
    )
    database_wait_seconds: float = Field(
        2.0, gt=0, description="a caller rather hears 503 than waits longer for a free connection"
    )
    requests_per_second: float = Field(
        20.0, gt=0, description="per caller, sustained: above a mid-size channel's peak, far below our own"
    )
    requests_burst: int = Field(
        60, ge=1, description="per caller, at once: opening an app asks for a screenful"
    )
    callers_max: int = Field(
        20_000,
        ge=1,
        description="callers remembered for the rate limit: about 4 MB; the longest silent is forgotten",
    )


class CommandSettings(BaseSettings):
    """How commands are kept until their outcome is back."""

    command_resend_seconds: float = Field(
        60.0,
        gt=0,
        description="outcomes are back within a second; a restart of any service takes less than this",
    )
    command_resend_max_seconds: float = Field(
        3_600.0, gt=0, description="the pause doubles up to this: a service may be stopped for a day"
    )
    settled_commands_kept_days: int = Field(
        14, ge=1, description="callers may ask what became of a command for two weeks"
    )
    idempotency_keys_kept_hours: int = Field(
        72, ge=1, description="longer than any client tries again, over a weekend"
    )
    upkeep_rows_max: int = Field(
        5_000, ge=1, description="old rows deleted at once: a short transaction; the rest goes next time"
    )
    upkeep_interval_seconds: float = Field(300.0, gt=0, description="how often old rows are deleted")
    gauges_interval_seconds: float = Field(
        5.0, gt=0, description="below a scrape interval, cheap on an index"
    )


class FollowingSettings(CommandSettings):
    """How orders that were placed through a door are followed."""

    wait_seconds_max: float = Field(
        10.0, gt=0, description="the longest that ?wait= waits: below the 30 s after which proxies give up"
    )
    streams_max: int = Field(
        500, ge=1, description="open event streams of the process: some 20 MB, and one query for all per poll"
    )
    streams_per_holder_max: int = Field(
        200, ge=1, description="so that one caller can't take all streams from the others"
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


class StockSettings(BaseSettings):
    """How a process shows its copy of the stock."""

    band_few_pieces_max: int = Field(
        3,
        ge=1,
        description="up to this it may be gone before the shopper is there; a pair of tills sells it in an hour",
    )
    band_available_pieces_max: int = Field(
        20,
        ge=2,
        description="above this no single order can empty the shelf, so that nothing more need be said",
    )
    band_few_spread_pieces: int = Field(
        0,
        ge=0,
        description="by how many pieces more the limit of few may lie, secretly, for each product and location: 0 where"
        " keys are given to known channels only",
    )
    band_available_spread_pieces: int = Field(0, ge=0, description="the same for the limit of available")
    feed_stale_seconds: float = Field(
        900.0,
        gt=0,
        description="a store that is open rings up something every few minutes; quieter means cut off",
    )
    locations_shown_default: int = Field(10, ge=1, description="as many as fit on a phone's screen")
    locations_shown_max: int = Field(
        50, ge=1, description="nobody travels past fifty stores; bounds the answer"
    )

    locations_looked_at_times: int = Field(
        3,
        ge=1,
        description="nearest locations that are looked at, as a multiple of those shown: most products are in one of"
        " three stores; a rarer one is looked for everywhere",
    )
    surroundings_kept_seconds: float = Field(
        5.0, gt=0, description="how late it is seen that a location has opened, closed or moved"
    )
    surroundings_kept_max: int = Field(
        500,
        ge=1,
        description="places whose surroundings are remembered: some 20 MB; all prefectures and big cities",
    )

    @property
    def band_limits(self) -> BandLimits:
        """The limits of the bands. Raises ValueError where they are out of order."""
        return BandLimits(
            self.band_few_pieces_max,
            self.band_available_pieces_max,
            self.band_few_spread_pieces,
            self.band_available_spread_pieces,
        )
