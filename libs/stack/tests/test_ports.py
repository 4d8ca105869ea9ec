"""Ports: free ones, outside the range from which outgoing connections take theirs."""

import socket

import pytest

from tsunagu.stack.errors import StackError
from tsunagu.stack.ports import HOST, ephemeral_first, free_port, is_free, require_free


def test_free_port__can_be_listened_on_and_is_below_the_ephemeral_range() -> None:
    port = free_port()
    assert port < ephemeral_first()
    with socket.create_server((HOST, port)):
        assert not is_free(port)


def test_free_port__never_gives_a_port_that_is_promised_already() -> None:
    taken: set[int] = set()
    for _ in range(50):
        taken.add(free_port(taken))
    assert len(taken) == 50


def test_require_free__something_listens__says_who_wanted_the_port_and_what_to_do() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError, match=rf"kafka cannot start.*{HOST}:{port}.*tsunagu down"):
            require_free(port, "kafka")
