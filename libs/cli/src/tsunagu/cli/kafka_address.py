"""Where Kafka is: said on the command line, else in the environment, else what runs on this machine."""

import os

from tsunagu.stack.addresses import running_addresses
from tsunagu.stack.paths import state_dir

VARIABLE = "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS"


def kafka_address(given: str | None) -> str:
    """Bootstrap servers. Raises NotRunning where nothing says them and no system runs here."""
    return given or os.environ.get(VARIABLE) or running_addresses(state_dir()).kafka_bootstrap_servers
