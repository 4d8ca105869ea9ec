"""How the commands end."""

import typer
from rich.console import Console

FAILED = 1
USAGE = 2  # typer's own
COULD_NOT_LOOK = 2  # of `reconcile`, whose 1 is an answer: nothing can be said
NOT_RUNNING = 3

EXIT_CODES = (
    "Exit codes: 0 it worked · 1 it failed, the reason is on standard error · 2 wrong usage, or "
    "`reconcile` could not look · "
    "3 no Tsunagu is running"
)

_errors = Console(stderr=True, highlight=False)


def fail(message: str, code: int = FAILED) -> typer.Exit:
    """Print the message on standard error; returns the exit to raise."""
    _errors.print(message, markup=False, soft_wrap=True)
    return typer.Exit(code)
