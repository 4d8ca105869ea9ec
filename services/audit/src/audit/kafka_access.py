"""How the audit connects to Kafka and signs in: the same variables as every service's."""

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaAccess(BaseSettings):
    """How the audit signs in to Kafka: the same variables as every service's, read for each client anew."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_KAFKA_", frozen=True)

    username: str | None = Field(None, description="the audit's account; none where the broker asks for none")
    password_file: Path | None = Field(None, description="its password, in a file")
    sasl_mechanism: Literal["SCRAM-SHA-512", "PLAIN"] = Field(
        "SCRAM-SHA-512",
        description="how the password is shown; PLAIN only where the way to the broker is safe",
    )
    tls: bool = Field(
        False, description="whether connections are encrypted: always, but on one's own machine"
    )
    ca_file: Path | None = Field(
        None, description="certificates of who signed the brokers'; none: those that the system trusts"
    )


def client_options(bootstrap_servers: str) -> dict[str, Any]:
    """How aiokafka's clients connect. Raises OSError where a file can't be read."""
    access = KafkaAccess()
    options: dict[str, Any] = {"bootstrap_servers": bootstrap_servers}
    if access.username is not None:
        options["sasl_mechanism"] = access.sasl_mechanism
        options["sasl_plain_username"] = access.username
        password = "" if access.password_file is None else access.password_file.read_text(encoding="utf-8")
        options["sasl_plain_password"] = password.strip()
    if access.tls:
        options["ssl_context"] = ssl.create_default_context(cafile=access.ca_file)
    protocol = "SSL" if access.tls else "PLAINTEXT"
    options["security_protocol"] = protocol if access.username is None else f"SASL_{protocol}"
    return options
