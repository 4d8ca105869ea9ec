"""Passwords: only their argon2id hash is kept, and a check takes as long for a user that there is not."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 200  # any sentence; longer only costs us time
# Three passes over 64 MiB: the profile of RFC 9106 for machines that do more than this, and the library's default.
_HASHER = PasswordHasher()


def hash_of(password: str) -> str:
    """What is kept in the password's place. Takes about a tenth of a second."""
    return _HASHER.hash(password)


def new_password() -> str:
    """A password of 120 random bits that can be typed from a slip of paper."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, without those that look alike
    return "-".join("".join(secrets.choice(letters) for _ in range(6)) for _ in range(4))


@cache
def _nobodys_hash() -> str:
    return hash_of(secrets.token_urlsafe())


def fits(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. None, for no such user, takes as long and is always False."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


class PasswordChecks:
    """Checks passwords in threads of their own, so many at once: guesses cannot take all memory or the event loop."""

    def __init__(self, at_once_max: int) -> None:
        self._threads = ThreadPoolExecutor(at_once_max, thread_name_prefix="passwords")
        self._threads.submit(
            _nobodys_hash
        )  # before the first user who is not there, who would take twice as long

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password; waits until a thread is free."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, fits, password, password_hash)
