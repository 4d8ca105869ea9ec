"""The limits of the continuous check, from TSUNAGU_RECONCILE_… variables."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReconcileSettings(BaseSettings):
    """Every limit with its unit in its name."""

    model_config = SettingsConfigDict(
        env_prefix="TSUNAGU_RECONCILE_", frozen=True, use_attribute_docstrings=True
    )

    drift_grace_seconds: float = Field(default=30.0, ge=0)
    """A younger difference is in flight. News takes less than a second; a process that died is replaced after 10,
    the session timeout, tries again within 5 more, and has caught up within the rest."""

    look_interval_seconds: float = Field(default=10.0, gt=0)
    """From the end of a look to the next: with the grace, a new drift is told within a minute in a small system."""

    keys_per_look_max: int = Field(default=20_000, ge=1)
    """Keys that a look takes of each comparison: about a second each; 10^8 rows of stock are through in a day."""

    page_keys_max: int = Field(default=1_000, ge=1)
    """Keys of one statement: milliseconds, by primary key. Halved for a while where one reaches its timeout."""

    look_seconds_max: float = Field(default=10.0, gt=0)
    """After this a look begins no further page, so that the moment at which it sees a database does not get old:
    until it ends, nothing newer than that moment can be vacuumed."""

    statement_timeout_seconds: float = Field(default=5.0, gt=0)
    """A page takes a hundredth of it; what takes longer is ended by the database, not waited for."""

    look_timeout_seconds: float = Field(default=120.0, gt=0)
    """A look that hangs is given up: all its pages together take seconds. Reading the topic on is not counted, since
    the first look replays it from its beginning; it ends where the topic ended when it began."""

    suspects_max: int = Field(default=10_000, ge=1)
    """Differences followed for each comparison, about 1 kB each: more are an outage, and the first tell of it."""

    topic_keys_max: int = Field(default=3_000_000, ge=1)
    """Keys of inventory.availability kept in memory, 150 MB for a million (measured): more than a small server has
    to be asked for by name."""

    cause_records_max: int = Field(default=2_000, ge=0)
    """Records read back from the end of each partition for the last message about a drift: some milliseconds a
    partition, and only when a drift is new."""

    kafka_timeout_seconds: float = Field(default=10.0, gt=0)
    """Longest wait for the broker to send what is there: it answers in milliseconds, restarts in 5 seconds."""

    ready_looks_missed_max: int = Field(default=3, ge=1)
    """Looks that may fail in a row before the process says that it is not ready: a restart of a database is one."""

    band_few_pieces_max: int = Field(default=3, ge=1)
    """As edge's setting of the same name: the copy is compared in the bands that edge keeps."""

    band_available_pieces_max: int = Field(default=20, ge=2)
    """As edge's setting of the same name."""


@cache
def reconcile_settings() -> ReconcileSettings:
    """The settings of this process, read once."""
    return ReconcileSettings()
