"""Where the operator ports are: said on the command line, else in the environment, else what runs here."""

import os

from tsunagu.contracts.topics import SERVICES
from tsunagu.stack.addresses import running_addresses
from tsunagu.stack.paths import state_dir


class UnknownService(LookupError):  # noqa: N818 - the name says what is wrong
    """There is no such service, or it does not run here."""


def variable(service: str) -> str:
    """The environment variable with a service's address, as `tsunagu env` prints it."""
    return f"TSUNAGU_OPERATOR_URL_{service.upper().replace('-', '_')}"


def operator_addresses(service: str | None, url: str | None = None) -> dict[str, str]:
    """The address of one service's operator port, or of all, by service.

    Raises UnknownService, and NotRunning where nothing says them.
    """
    if url is not None:
        return {service or url: url}
    if service is not None and service not in SERVICES:
        raise UnknownService(f"there is no service {service!r}; the services are {', '.join(SERVICES)}")
    addresses = {name: os.environ[variable(name)] for name in SERVICES if variable(name) in os.environ}
    if not addresses or (service is not None and service not in addresses):
        addresses = dict(running_addresses(state_dir()).operator)
    if service is None:
        return addresses
    if service not in addresses:
        raise UnknownService(f"{service} does not run here: `tsunagu status` shows what does")
    return {service: addresses[service]}
