"""Where the stack keeps what it downloads (cache) and what it runs on (state)."""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[5]


def checkout() -> Path | None:
    """The root of the source checkout this package is installed from, or None in a built image."""
    return _CHECKOUT if (_CHECKOUT / "libs" / "stack" / "pyproject.toml").is_file() else None


def state_dir() -> Path:
    """Data, logs, passwords and the state file of a running system.

    `TSUNAGU_HOME`, else `.tsunagu` in the checkout, else `.tsunagu` in the current folder.
    """
    if home := os.environ.get("TSUNAGU_HOME"):
        return Path(home).resolve()
    return (checkout() or Path.cwd()) / ".tsunagu"


def cache_dir() -> Path:
    """Downloads that any number of systems share: `.cache` in the checkout, else the user's cache folder."""
    if root := checkout():
        return root / ".cache"
    user_cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(user_cache) if user_cache else Path.home() / ".cache") / "tsunagu"
