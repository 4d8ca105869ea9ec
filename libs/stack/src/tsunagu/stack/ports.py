"""Which ports on 127.0.0.1 the stack listens on."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

from tsunagu.stack.errors import StackError

HOST = "127.0.0.1"

# Outgoing connections take their ports from the kernel's ephemeral range. A port of ours in that range could
# be taken by anyone while its process restarts; worse, a client that keeps trying a dead port of the range
# can connect to itself. So the stack stays below it.
_FIRST_PORT = 15_000
_EPHEMERAL_FIRST_DEFAULT = 32_768
_ATTEMPTS_MAX = 200
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def ephemeral_first() -> int:
    """The first port of the kernel's range for outgoing connections."""
    with suppress(OSError, ValueError, IndexError):
        first = int(_EPHEMERAL_RANGE.read_text().split()[0])
        if first > _FIRST_PORT + _ATTEMPTS_MAX:
            return first
    return _EPHEMERAL_FIRST_DEFAULT


def is_free(port: int) -> bool:
    """Whether the kernel lets a server listen on the port now."""
    with socket.socket() as probe:
        # As servers do, so that connections still in TIME_WAIT after a restart don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(taken: set[int] | None = None) -> int:
    """A port that nothing listens on and that is not in `taken`."""
    span = ephemeral_first() - _FIRST_PORT
    for _ in range(_ATTEMPTS_MAX):
        port = _FIRST_PORT + secrets.randbelow(span)
        if port not in (taken or ()) and is_free(port):
            return port
    raise StackError(
        f"no free port on {HOST} between {_FIRST_PORT} and {_FIRST_PORT + span}: "
        "end programs that listen there"
    )


def require_free(port: int, name: str) -> None:
    """Raise StackError when something else listens on the port that `name` is about to use."""
    if not is_free(port):
        raise StackError(
            f"{name} cannot start: something already listens on {HOST}:{port}. "
            f"End that program, or run `tsunagu down` if it is an older Tsunagu."
        )
