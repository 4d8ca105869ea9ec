"""Accounts of a demo, so that people can sign in when it stays: staff of each place, those who answer, the board."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.signing_in.accounts import Account, write_accounts
from edge.signing_in.passwords import hash_of, new_password

BOARD_USER = "board"
DESKS = {
    "customer-care": "dept:customer-care",
    "inventory-control": "dept:inventory-control",
    "accounting": "dept:accounting",
    "headquarters": "headquarters",
}
"""User → for whom they answer in the staff's app what is asked of a department or headquarters."""
_OPERATE, _DECIDE = "operate", "decide"


def staff_user(location_id: str) -> str:
    """The user who works at a place."""
    return location_id.lower()


@dataclass(frozen=True)
class Accounts:
    """Their passwords are random and told to whoever runs the demo; files have the hashes only."""

    staff_password: str = field(default_factory=new_password, repr=False)
    """All who use the staff's app have the same: a table of passwords would hide what to do with them."""
    board_password: str = field(default_factory=new_password, repr=False)

    def join(self, home: Path, location_ids: Iterable[str]) -> Mapping[str, str]:
        """Write the files of accounts into the system's home; returns the environment with which they are read."""
        folder = home / "accounts"
        folder.mkdir(parents=True, exist_ok=True)
        staff, board = folder / "staff.json", folder / "board.json"
        hashed = hash_of(self.staff_password)
        write_accounts(
            staff,
            {
                staff_user(place): Account(password_hash=hashed, holder=place, rights=frozenset({_DECIDE}))
                for place in location_ids
            }
            | {user: Account(password_hash=hashed, holder=owner) for user, owner in DESKS.items()},
        )
        write_accounts(
            board,
            {
                BOARD_USER: Account(
                    password_hash=hash_of(self.board_password),
                    holder=f"staff:{BOARD_USER}",
                    rights=frozenset({_OPERATE}),
                )
            },
        )
        return {
            "TSUNAGU_EDGE_STAFF_ACCOUNTS_FILE": str(staff),
            "TSUNAGU_EDGE_BOARD_ACCOUNTS_FILE": str(board),
        }
