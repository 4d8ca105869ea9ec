"""How this process's clients connect to Kafka and sign in, by what the files say at that moment."""

import ssl
from typing import Any

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram512

from tsunagu.chassis.settings import ChassisSettings


def client_options(settings: ChassisSettings) -> dict[str, Any]:
    """How aiokafka's clients connect; to be asked for each client anew. Raises OSError where a file can't be read."""
    options: dict[str, Any] = {}
    if settings.kafka_username is not None:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = _password(settings)
    if settings.kafka_tls:
        options["ssl_context"] = _trust(settings)
    options["security_protocol"] = ("SASL_" if settings.kafka_username is not None else "") + (
        "SSL" if settings.kafka_tls else "PLAINTEXT"
    )
    return options


def broker_security(settings: ChassisSettings) -> BaseSecurity | None:
    """The same for FastStream's broker. Raises OSError where a file can't be read."""
    trust = _trust(settings) if settings.kafka_tls else None
    if settings.kafka_username is None:
        return None if trust is None else BaseSecurity(trust)
    kind = SASLPlaintext if settings.kafka_sasl_mechanism == "PLAIN" else SASLScram512
    return kind(settings.kafka_username, _password(settings), trust)


def _password(settings: ChassisSettings) -> str:
    assert (
        settings.kafka_password_file is not None
    )  # whoever has an account has a password: the settings see to it
    return settings.kafka_password_file.read_text(encoding="utf-8").strip()


def _trust(settings: ChassisSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.kafka_ca_file)
