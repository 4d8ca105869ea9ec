"""Where Kafka is, who the channel is there, and every limit, each with its unit and the reason for its default."""

import os
import ssl
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr

VARIABLE_PREFIX = "TSUNAGU_CHANNEL_"


class Settings(BaseModel):
    """All settings of a channel. `from_environment` reads them from `TSUNAGU_CHANNEL_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka_bootstrap_servers: str
    """Addresses of brokers, `host:port`, joined by commas."""
    kafka_username: str | None = None
    """The channel's account; None where the broker asks for none, as on one's own machine."""
    kafka_password: SecretStr | None = None
    kafka_sasl_mechanism: str = "SCRAM-SHA-512"
    """How the password is shown; `PLAIN` only where the way to the broker is safe."""
    kafka_tls: bool = False
    """Whether connections are encrypted: always, but on one's own machine."""
    kafka_ca_file: str | None = None
    """Certificates of who signed the brokers'; None: those that the system trusts."""

    kafka_timeout_seconds: float = Field(default=10.0, gt=0)
    """Longest wait for one answer of Kafka; one that is there takes milliseconds, a restart passes with retries."""
    publish_timeout_seconds: float = Field(default=30.0, gt=0)
    """How long `publish` waits for all replicas; a broker's restart passes within it. Then the outcome is unknown."""
    published_remembered_max: int = Field(default=10_000, gt=0)
    """How many published ids are known again; a shopper's retry comes within some thousand messages."""

    batch_records_max: int = Field(default=500, gt=0)
    """Records per transaction of a read model: beyond some hundred, a transaction's own cost no longer counts."""
    poll_wait_ms: int = Field(default=200, gt=0)
    """Longest wait for records before looking whether anything else is to do; news itself comes at once."""
    retry_min_seconds: float = Field(default=0.1, gt=0)
    """The first pause after Kafka or the database did not answer; doubled each time."""
    retry_max_seconds: float = Field(default=10.0, gt=0)
    """The longest such pause: soon enough after an outage, seldom enough during one."""
    session_timeout_ms: int = Field(default=10_000, gt=0)
    """After this long without a sign of life another process takes over what this one reads; a pause passes within."""
    seen_kept_hours: float = Field(default=24.0, gt=0)
    """How long a read model knows a message's id again, by the times of records: doubles come within minutes."""
    refused_kept_max: int = Field(default=1_000, gt=0)
    """How many refused records a read model keeps for people to look at; the oldest go first."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Settings from variables such as `TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS`. Raises ValueError."""
        given = {
            name: environment[variable]
            for name in cls.model_fields
            if (variable := VARIABLE_PREFIX + name.upper()) in environment
        }
        if "kafka_bootstrap_servers" not in given:
            raise ValueError(
                f"set {VARIABLE_PREFIX}KAFKA_BOOTSTRAP_SERVERS to Kafka's address, such as host:9092"
            )
        return cls.model_validate(given)

    def client_options(self) -> dict[str, Any]:
        """How aiokafka's clients connect and sign in."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap_servers,
            "request_timeout_ms": round(self.kafka_timeout_seconds * 1000),
        }
        signs_in = self.kafka_username is not None
        if signs_in:
            options["sasl_mechanism"] = self.kafka_sasl_mechanism
            options["sasl_plain_username"] = self.kafka_username
            options["sasl_plain_password"] = (self.kafka_password or SecretStr("")).get_secret_value()
        if self.kafka_tls:
            options["ssl_context"] = ssl.create_default_context(cafile=self.kafka_ca_file)
        options["security_protocol"] = ("SASL_" if signs_in else "") + (
            "SSL" if self.kafka_tls else "PLAINTEXT"
        )
        return options
