"""Accounts, from the command line.

`python -m edge.signing_in add USER --holder S001 --file accounts.json` makes a password, prints it once, and keeps its
hash in the file that TSUNAGU_EDGE_STAFF_ACCOUNTS_FILE (or …_BOARD_…) names; running processes see the change at once.
"""

import argparse
import getpass
import sys
from pathlib import Path

from pydantic import ValidationError

from edge.signing_in.accounts import ACCOUNTS, AccountsFileError, read_accounts, user_name, write_accounts
from edge.signing_in.passwords import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    hash_of,
    new_password,
)


def main(arguments: list[str] | None = None) -> None:
    """Add an account, give one a new password, or remove one."""
    given = _parser().parse_args(arguments)
    file: Path = given.file
    user = user_name(given.user)
    try:
        accounts = read_accounts(file) if file.exists() else {}
        if given.action == "remove":
            if accounts.pop(user, None) is None:
                raise SystemExit(f"there is no account {user!r} in {file}")
            write_accounts(file, accounts)
            return
        password = _chosen_password() if given.ask else new_password()
        account = {
            "password_hash": hash_of(password),
            "holder": given.holder,
            "rights": given.right,
            "language": given.language,
        }
        write_accounts(file, accounts | ACCOUNTS.validate_python({user: account}))
    except AccountsFileError as error:
        raise SystemExit(str(error)) from error
    except ValidationError as error:
        raise SystemExit(f"no such account can be: {error.errors()[0]['msg']}") from error
    sys.stdout.write("" if given.ask else f"password of {user}, shown this once: {password}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge.signing_in", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add an account, or put another in its place")
    add.add_argument("--holder", required=True, help="whom it acts for: a store's location_id, a staff_ref")
    add.add_argument("--right", action="append", default=[], help="a right beside that, such as operate")
    add.add_argument("--language", choices=("ja", "en"), default="ja")
    add.add_argument("--ask", action="store_true", help="ask for the password instead of making one")
    remove = actions.add_parser("remove", help="remove an account; its sessions end")
    for action in (add, remove):
        action.add_argument("user", help="small letters, digits, . _ @ -")
        action.add_argument("--file", type=Path, required=True, help="the file of accounts")
    return parser


def _chosen_password() -> str:
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise SystemExit(
            f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters of any kind"
        )
    return password


if __name__ == "__main__":
    main()
