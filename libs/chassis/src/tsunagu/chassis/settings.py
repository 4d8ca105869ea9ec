"""Every limit, interval and threshold of the machinery, read from the environment (`TSUNAGU_…`)."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tsunagu.contracts.values import AFFECTED_NAMED_MAX, DEAD_LETTER_GROUPS_MAX, REDRIVES_TOLD_MAX


class ChassisSettings(BaseSettings):
    """Settings that every service process shares; each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_", frozen=True)

    # Where the process stands.
    kafka_bootstrap_servers: str = Field("127.0.0.1:9092", description="host:port, comma separated")
    kafka_username: str | None = Field(
        None,
        description="the service's account; none where the broker asks for none, as on one's own machine",
    )
    kafka_password_file: Path | None = Field(
        None,
        description="its password, in a file, read for each client anew: after a failure, by a new one",
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "PLAIN"] = Field(
        "SCRAM-SHA-512",
        description="how the password is shown; PLAIN only where the way to the broker is safe",
    )
    kafka_tls: bool = Field(
        False, description="whether connections to Kafka are encrypted: always, but on one's own machine"
    )
    kafka_ca_file: Path | None = Field(
        None, description="certificates of who signed the brokers'; none: those that the system trusts"
    )
    database_url: str = Field("postgresql://127.0.0.1:5432/tsunagu", description="the service's own database")
    database_password_file: Path | None = Field(
        None,
        description="the password of database_url, in a file: read for each connection anew, so that a new one needs no"
        " restart; none: the one in database_url",
    )
    database_schema: str = Field(
        "public", description="schema of this process's tables; edge's processes share a database"
    )
    http_host: str = Field("127.0.0.1", description="operators reach the port; the world does not")
    http_port: int = Field(8000, ge=0, le=65535, description="0 lets the kernel choose")
    public_http_host: str = Field("127.0.0.1", description="where the world reaches what is made for it")
    public_http_port: int = Field(
        8080, ge=0, le=65535, description="apart from http_port, which is for operators"
    )
    public_http_connections_max: int = Field(
        4_000,
        ge=1,
        description="connections of the world to this process, idle ones and event streams (2,000 of shoppers) among"
        " them; fewer where the process may not open as many files",
    )
    public_http_files_kept: int = Field(
        200,
        ge=0,
        description="files that the process may open for itself, whatever the world opens: database, Kafka, logs",
    )
    public_http_request_seconds_max: float = Field(
        20.0,
        gt=0,
        description="for a whole request to get here: a head is a packet, and a door answers 408 for a body after 10 s",
    )
    public_http_unread_seconds_max: float = Field(
        30.0,
        gt=0,
        description="how long a client may leave more than 64 kB of an answer unread: a phone in a tunnel; who comes"
        " out later asks again",
    )
    log_format: Literal["json", "human"] = Field(
        "json", description="json for machines, human for a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level written")
    log_repeat_seconds: float = Field(
        5.0,
        ge=0,
        description="how often Kafka's client may say the same: while a broker is away, it says it at every try",
    )

    task_rules_file: Path | None = Field(
        None,
        description="the retailer's own rules of who has overdue tasks (TOML), the same for order, inventory and"
        " pickup; without it the packaged ones hold",
    )

    # The batch: how much is taken at once.
    batch_records_max: int = Field(
        500, ge=1, description="where throughput is flat already and a retry is still cheap (measured)"
    )
    behind_records_max: int = Field(
        25,
        ge=1,
        description="records of a topic that goes behind, taken at once while others wait: some hundredths of a second",
    )
    behind_wait_ms_max: int = Field(
        100,
        ge=0,
        description="how long a topic that goes behind lets others go first before its turn comes all the same;"
        " with half of it they lose twice as much (measured)",
    )
    behind_recent_ms: int = Field(
        1_000,
        ge=0,
        description="so long after the last record that somebody waits for, more are expected: parts stay small",
    )
    fetch_wait_min_ms: int = Field(
        50,
        ge=1,
        description="while records flow: longer waits let one idle partition hold back the others (measured)",
    )
    fetch_wait_max_ms: int = Field(
        1_000,
        ge=1,
        description="the wait doubles up to this while none come; one that comes ends it, and less would cost CPU time",
    )
    poll_wait_ms: int = Field(
        500, ge=1, description="a record that arrives ends the wait at once, so it costs no time"
    )
    gather_ms: int = Field(
        3,
        ge=0,
        description="a busy consumer's wait for more: a fetch takes two; fewer batches then cost less (measured)",
    )
    idle_sleep_ms: int = Field(
        1, ge=1, description="FastStream sleeps this long after a poll that brought nothing"
    )

    # Faults: how long something may take, and what happens then.
    transient_backoff_min_seconds: float = Field(
        0.05, gt=0, description="first pause after a transient fault"
    )
    transient_backoff_max_seconds: float = Field(
        1.0, gt=0, description="longest pause: so late it is noticed at worst that a server is back"
    )
    transient_attempts_max: int = Field(
        8, ge=1, description="tries of one batch, while the database answers others, before it is bisected"
    )
    keys_moved_attempts_max: int = Field(
        3,
        ge=1,
        description="tries of a batch whose rows moved, before it is parted, and of a redrive: chance does not do"
        " that thrice",
    )
    parked_keys_max: int = Field(
        1000,
        ge=1,
        description="more broken keys than this are a broken release, not broken data: stop and page",
    )
    statement_timeout_seconds: float = Field(
        30.0, gt=0, description="no statement of ours needs a tenth of it"
    )
    idle_in_transaction_timeout_seconds: float = Field(
        15.0, gt=0, description="a frozen worker's locks end here, so that its successor can go on"
    )
    database_pool_max: int = Field(
        8, ge=1, description="connections for HTTP and gauges: a server has a hundred, and sixteen processes"
    )
    connect_timeout_seconds: float = Field(
        5.0, gt=0, description="a database on the same network answers far faster"
    )
    kafka_call_timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="every await on Kafka ends: its own calls can block for ever when a broker dies",
    )
    kafka_retry_backoff_ms: int = Field(
        500,
        ge=10,
        description="how often each client asks for a broker that is away; aiokafka's 100 ms, from all clients of all"
        " services, took the CPU that the broker needed to come back (measured)",
    )
    session_timeout_ms: int = Field(
        10_000, ge=6_000, description="a dead worker's partitions move after this; shorter trips over pauses"
    )
    rebalance_timeout_ms: int = Field(
        60_000, ge=1_000, description="above the worst batch, so that it can finish first"
    )
    max_poll_interval_ms: int = Field(
        300_000, ge=10_000, description="Kafka's own default; the offset row is the fence"
    )
    rebalance_wait_seconds: float = Field(
        20.0,
        gt=0,
        description="how long a revoked partition waits for its running batch; below rebalance_timeout_ms",
    )
    metadata_age_max_ms: int = Field(
        30_000,
        ge=100,
        description="how late a topic that was made again is noticed; Kafka's 5 minutes are too long",
    )
    kafka_group_instance_id: str | None = Field(
        None,
        description="a name that survives a restart (a StatefulSet's pod): its partitions are kept for it, so that a"
        " restart takes 0.3 s instead of 10; the offset row guards against two with one name",
    )
    kafka_commit_interval_seconds: float = Field(
        1.0, gt=0, description="offsets in Kafka are a hint for lag tools only, and cost 5 to 7 ms each"
    )
    kafka_start_retry_seconds: float = Field(
        1.0, gt=0, description="pause between attempts to reach the broker"
    )

    # The outbox's relay.
    outbox_batch_bytes_max: int = Field(
        256_000,
        ge=16_000,
        description="what a transaction says on a topic, or on one of its partitions, fits into one row, mostly",
    )
    outbox_parted_records_min: int = Field(
        16,
        ge=1,
        description="from so many for each partition on, a row has one partition's, which the relay sends as it is;"
        " fewer are better joined with those of other transactions",
    )
    relay_rows_max: int = Field(2_000, ge=1, description="rows of the outbox read at once")
    relay_read_bytes_max: int = Field(
        4_000_000,
        ge=16_000,
        description="of messages read at once; what they take in memory is ten times that",
    )
    relay_batch_bytes_max: int = Field(
        512_000, ge=16_000, description="half of what a broker takes by default"
    )
    relay_poll_seconds: float = Field(
        0.05, gt=0, description="how late another process's rows are seen at worst"
    )
    relay_rescan_seconds: float = Field(
        1.0, gt=0, description="how late a row is seen whose transaction wrote nothing but it, and that late"
    )
    relay_gaps_max: int = Field(
        100,
        ge=1,
        description="ids that were passed before they committed or were rolled back; a look at each takes microseconds,"
        " more of them are read as one",
    )
    relay_lease_seconds: float = Field(
        2.0,
        gt=0,
        description="a dead relay is replaced after this; renewed at a third of it. Over by the time that a killed"
        " process has started again; a pause that is longer costs a new producer, nothing else",
    )
    relay_topic_wait_seconds: float = Field(
        1.0, gt=0, description="a broker that is there answers far faster"
    )
    relay_topic_retry_seconds: float = Field(
        5.0, gt=0, description="how often a missing topic is asked for; its rows wait, all others go on"
    )
    relay_stop_seconds: float = Field(
        2.0, gt=0, description="ending a producer waits for no broker: what it holds is in the outbox"
    )
    relay_send_timeout_seconds: float = Field(
        5.0,
        gt=0,
        description="a change of leader passes within it; later the producer is thrown away. Below"
        " kafka_call_timeout_seconds, so that a start has time to ask a second broker",
    )

    # Due work (timers and second steps).
    due_rows_max: int = Field(
        500, ge=1, description="rows of due work taken at once: as many as messages of a batch"
    )
    due_poll_seconds: float = Field(
        0.2, gt=0, description="how late a timer fires at worst; within a second is promised"
    )
    due_claim_seconds: float = Field(
        30.0, gt=0, description="another process may take over work claimed longer ago"
    )
    deadline_wait_seconds_max: float = Field(
        300.0,
        gt=0,
        description="how long a deadline waits for the reading of what was written before it: an outage of hours is "
        "read up in minutes, and a partition that stands still must not hold up deadlines for ever",
    )
    due_retry_seconds: float = Field(
        5.0, gt=0, description="first pause after due work failed; doubles each time"
    )
    due_retry_max_seconds: float = Field(
        600.0, gt=0, description="longest pause between tries of failing due work"
    )

    # For the day on which Kafka is gone for good.
    said_keep_hours: float = Field(
        72.0, gt=0, description="a service may be stopped for a day; a weekend, with a margin"
    )
    said_compacted_rows_max: int = Field(
        500,
        ge=1,
        description="rows of what was said that one transaction compacts; a batch's time, no longer",
    )
    retold_rows_max: int = Field(
        500, ge=1, description="keys of a state topic told in one transaction, as many as a batch handles"
    )
    rebuild_timeout_seconds: float = Field(
        600.0,
        gt=0,
        description="marking what was said is one statement over three days of rows; not measured at full size",
    )

    # Upkeep.
    inbox_retention_days: int = Field(
        35, ge=1, description="above the 30 days that topics keep facts and events"
    )
    upkeep_interval_seconds: float = Field(
        600.0, gt=0, description="how often old rows of inbox and outbox are looked at"
    )
    gauge_rows_max: int = Field(
        10_000, ge=1, description="rows counted for a gauge: beyond it says as much, and costs no more"
    )
    dead_letters_listed_max: int = Field(
        1_000, ge=1, description="a page: as many as a person can look through; ?after=ID has the next"
    )
    gauges_interval_seconds: float = Field(
        2.0, gt=0, description="below a scrape interval, cheap on an index"
    )
    heartbeat_interval_seconds: float = Field(
        15.0,
        gt=0,
        description="every service hears every other: ten of them come to less than one message a second",
    )
    log_check_interval_seconds: float = Field(
        5.0, gt=0, description="a topic that was made again is seen before much is read from it"
    )
    build_revision: str = Field(
        "unknown", description="the commit that an image was built from; the image's own build says it"
    )
    redrive_poll_seconds: float = Field(
        1.0, gt=0, description="how late a redrive that was asked for begins; one query on an empty index"
    )
    redrives_told_max: int = Field(
        10, ge=1, le=REDRIVES_TOLD_MAX, description="the latest ones, which operators look at"
    )
    condition_interval_seconds: float = Field(
        10.0,
        gt=0,
        description="how old what operators see on their page is at most; a person looks no oftener, and each is a"
        " transaction of its own",
    )
    condition_groups_max: int = Field(
        20,
        ge=1,
        le=DEAD_LETTER_GROUPS_MAX,
        description="groups of dead letters that are told, the largest: a broken release fails in a few ways",
    )
    condition_affected_named_max: int = Field(
        50,
        ge=1,
        le=AFFECTED_NAMED_MAX,
        description="orders and locations named of a group; all are counted",
    )
    condition_sample_bytes_max: int = Field(
        100_000, ge=1, description="a longer record is not taken apart to be shown as a sample"
    )
    clock_skew_seconds_max: float = Field(
        300.0,
        gt=0,
        description="a fact from further in the future counts from when it was recorded, a setting is refused",
    )

    # Traces (docs/tracing.md).
    traces_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="where traces go by OTLP over HTTP: http://collector:4318/v1/traces. Empty: none are made",
    )
    traces_sampled_ratio: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of the requests at the doors that are traced, with all that follows from them. A message in"
        " a trace costs 1.7 times as much CPU as handling it: a twentieth costs 9 % more",
    )
    traces_queue_spans_max: int = Field(
        4_096,
        ge=1,
        description="spans that wait for the collector; some 16 MB. Further ones are lost, and counted",
    )
    traces_export_spans_max: int = Field(
        512,
        ge=1,
        description="spans in one request to the collector, some 300 kB: OpenTelemetry's own default",
    )
    traces_export_interval_seconds: float = Field(
        1.0,
        gt=0,
        description="how late a trace is seen; a person looks no sooner, and a request costs a millisecond",
    )
    traces_export_timeout_seconds: float = Field(
        5.0, gt=0, description="for a request to the collector with its retries; then its spans are given up"
    )
    traces_close_seconds: float = Field(
        2.0,
        gt=0,
        description="how long a process that ends waits to send its last spans; of stop_grace_seconds",
    )
    traces_links_max: int = Field(
        500, ge=1, description="links of the span of a batch: as many as it has records (batch_records_max)"
    )

    # Health.
    ready_outbox_age_seconds_max: float = Field(
        60.0, gt=0, description="older rows mean that nobody hears of our news"
    )
    ready_timeout_seconds: float = Field(2.0, gt=0, description="a health check that hangs is a no")
    stop_grace_seconds: float = Field(
        8.0, gt=0, description="below the 10 s after which containers are killed"
    )

    @model_validator(mode="after")
    def _password_of_the_account(self) -> Self:
        if self.kafka_username is not None and self.kafka_password_file is None:
            raise ValueError("TSUNAGU_KAFKA_USERNAME needs TSUNAGU_KAFKA_PASSWORD_FILE")
        return self


@cache
def chassis_settings() -> ChassisSettings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return ChassisSettings()
