"""Who may sign in: the accounts of a process, read from a file that may change while it runs."""

import json
import unicodedata
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from tsunagu.contracts.values import Code

_log = structlog.get_logger(__name__)

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
Language = Literal["ja", "en"]


class Account(BaseModel):
    """What a user may do: as whom (a store, a person), with which rights, in which language."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    password_hash: Annotated[str, StringConstraints(pattern=r"^\$argon2id\$", max_length=500)]
    holder: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    rights: frozenset[Code] = frozenset()
    language: Language = "ja"


ACCOUNTS = TypeAdapter(dict[UserName, Account])
"""What the file holds: user → account."""


class AccountsFileError(ValueError):
    """The file of accounts can't be used; the message says where it is wrong."""


def user_name(typed: str) -> str:
    """A user's name as people type it, full-width or in capitals, in the one way that it is kept."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def read_accounts(file: Path, holder_type: Any = str) -> dict[str, Account]:
    """The accounts of a file. Raises AccountsFileError where it can't be read, or a holder is not of `holder_type`."""
    try:
        accounts = ACCOUNTS.validate_json(file.read_bytes())
        holders: TypeAdapter[str] = TypeAdapter(holder_type)
        for account in accounts.values():
            holders.validate_python(account.holder)
    except OSError as error:
        raise AccountsFileError(f"the file of accounts {file} can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise AccountsFileError(
            f"the file of accounts {file} is wrong at {place!r}: {first['msg']}"
        ) from error
    return accounts


def write_accounts(file: Path, accounts: dict[str, Account]) -> None:
    """Put the accounts in the file's place, whole or not at all, readable by its owner alone."""
    content = {
        user: account.model_dump(mode="json") | {"rights": sorted(account.rights)}
        for user, account in sorted(accounts.items())
    }
    written = file.with_name(f".{file.name}.new")
    written.touch(mode=0o600)
    written.write_text(f"{json.dumps(content, indent=2)}\n", encoding="utf-8")
    written.replace(file)


class Accounts:
    """The accounts of a process; `holder_type` is what its API keys stand for.

    Raises AccountsFileError where the file can't be used from the start.
    """

    def __init__(self, file: Path | None = None, holder_type: Any = str) -> None:
        self._file = file
        self._holder_type = holder_type
        self._state = self._now()
        self._accounts = read_accounts(file, holder_type) if file is not None else {}

    def find(self, user: str) -> Account | None:
        """A user's account as the file has it now. A file that has become unreadable changes nothing: it is logged."""
        state = self._now()
        if self._file is not None and state != self._state:
            self._state = state
            try:
                self._accounts = read_accounts(self._file, self._holder_type)
            except AccountsFileError as error:
                _log.error("accounts not changed", error=str(error))
        return self._accounts.get(user)

    def _now(self) -> tuple[int, int, int] | None:
        """What tells one version of the file from another."""
        if self._file is None:
            return None
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
