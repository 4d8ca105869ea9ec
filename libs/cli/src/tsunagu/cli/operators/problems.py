"""What can go wrong on the way to a service, as messages and exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager

from tsunagu.cli.exits import NOT_RUNNING, USAGE, fail
from tsunagu.cli.operators.addresses import UnknownService
from tsunagu.cli.operators.port import NoAnswer, Refused
from tsunagu.stack.addresses import NotRunning
from tsunagu.stack.errors import StackError


@contextmanager
def told_problems() -> Iterator[None]:
    """Print what went wrong on standard error, and end the command with its exit code."""
    try:
        yield
    except UnknownService as error:
        raise fail(str(error), USAGE) from error
    except NotRunning as error:
        raise fail(f"{error}, or say where the service is with --url", NOT_RUNNING) from error
    except NoAnswer as error:
        raise fail(str(error), NOT_RUNNING) from error
    except (Refused, StackError) as error:
        raise fail(str(error)) from error
