"""The limits of an audit, from TSUNAGU_AUDIT_… variables."""

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuditSettings(BaseSettings):
    """Every limit with its unit in its name."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_AUDIT_", frozen=True, use_attribute_docstrings=True)

    records_max: int = Field(default=1_000_000, ge=1)
    """Records read at most: some 1.4 kilobytes are kept for each and 50 microseconds spent on it, so that an audit
    stays below 1.5 gigabytes and a minute."""

    fetch_records_max: int = Field(default=5_000, ge=1)
    """Records taken from the consumer at once: enough to keep it busy, a few megabytes."""

    kafka_timeout_seconds: float = Field(default=30.0, gt=0)
    """Longest wait for the broker to send anything that is there: then the audit gives up."""

    quiet_seconds_max: float = Field(default=10.0, ge=0)
    """How long to wait for outboxes to empty before looking: relays send within a second."""

    outbox_age_seconds_max: float = Field(default=5.0, ge=0)
    """A row that waits longer in an outbox counts as lost: a relay sends within a second, heartbeats included."""

    overdue_seconds_max: float = Field(default=10.0, ge=0)
    """Due work that waits longer counts as lost: it is looked for every second, and tried again after errors."""

    pending_seconds_max: float = Field(default=30.0, ge=0)
    """A command whose outcome a channel still waits for after this time counts as lost."""

    notice_seconds_max: float = Field(default=180.0, ge=0)
    """A notice that should have been tried longer ago counts as lost: one whose process died is taken over after two
    minutes, and one that a mail server puts off is due later."""

    outgoing_seconds_max: float = Field(default=600.0, ge=0)
    """What should have gone out to a site longer ago counts as lost: a webhook is taken over after a minute, files
    after five; one that did not arrive is due later."""

    outgoing_kept_days: float = Field(default=7.0, gt=0)
    """As long as edge-channels keeps what has gone out; older events are not looked for there."""

    rebuilt_log_is_whole: bool = False
    """Whether the topics hold everything from the beginning on although they were told again after Kafka was gone:
    where nothing was older than what the services keep, and outside systems have sent all of theirs again."""

    order_of_times_seconds: float = Field(default=2.0, ge=0)
    """How far the times of two transactions on one row may be out of order: the longest a transaction waits for a
    row. Within it the audit believes the order that makes a promise right."""


@lru_cache(maxsize=1)
def audit_settings() -> AuditSettings:
    """The settings of this process."""
    return AuditSettings()
