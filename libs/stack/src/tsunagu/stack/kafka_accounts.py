"""A broker that lets in nobody without an account: what it is told, and what clients are.

SASL/PLAIN, for one machine: passwords go to 127.0.0.1 only, and stand in the broker's own file. Across machines, use
SCRAM over TLS; rights are given by name and are the same.
"""

from collections.abc import Mapping
from typing import Any

ADMIN = "admin"
"""The account that may do everything: it makes topics, and gives others their rights."""

PROTOCOL = "SASL_PLAINTEXT"
_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule required"


def broker_properties(passwords: Mapping[str, str]) -> dict[str, str]:
    """What a broker is told beside its listeners. `passwords`, by account, have the admin's among them."""
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        f"listener.name.{PROTOCOL.lower()}.plain.sasl.jaas.config": _login(passwords, passwords),
        # Controllers speak to each other and to brokers only.
        "listener.name.controller.plain.sasl.jaas.config": _login(passwords, (ADMIN,)),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
    }


def client_options(user: str, password: str) -> dict[str, Any]:
    """How aiokafka's clients sign in."""
    return {
        "security_protocol": PROTOCOL,
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": user,
        "sasl_plain_password": password,
    }


def _login(passwords: Mapping[str, str], known: Mapping[str, str] | tuple[str, ...]) -> str:
    # Passwords are hexadecimal and accounts names of services: neither needs quoting.
    users = " ".join(f'user_{user}="{passwords[user]}"' for user in known)
    return f'{_MODULE} username="{ADMIN}" password="{passwords[ADMIN]}" {users};'
