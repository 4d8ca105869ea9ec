"""The generated passwords of the database roles and secrets like them, in a file only its owner can read."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.postgres import new_password


def load(home: Path) -> dict[str, str]:
    """The passwords by role; empty when none were made yet. Raises StackError when the file is damaged."""
    path = _file(home)
    if not path.exists():
        return {}
    try:
        return {str(role): str(password) for role, password in json.loads(path.read_text()).items()}
    except (ValueError, AttributeError) as error:
        raise StackError(
            f"{path} is damaged ({error}): delete it together with {home / 'postgres'}"
            " to start with fresh databases"
        ) from error


def ensure(home: Path, roles: Iterable[str]) -> dict[str, str]:
    """The passwords of the roles, made and stored for those that have none."""
    passwords = load(home)
    missing = [role for role in roles if role not in passwords]
    if missing:
        passwords |= {role: new_password() for role in missing}
        path = _file(home)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(passwords, file, indent=2)
        new.replace(path)
    return passwords


def _file(home: Path) -> Path:
    return home / "passwords.json"
