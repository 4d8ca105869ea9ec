"""Personal data at rest: a data key per person, wrapped by the master key; AES-256-GCM for both.

What is stored is bound to the person it belongs to: a row copied to another person can't be opened.
"""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tsunagu.contracts.values import PersonalData

_NONCE_BYTES = 12  # as NIST SP 800-38D recommends for GCM
_KEY_BITS = 256


def new_data_key() -> bytes:
    """A key for one person."""
    return AESGCM.generate_key(_KEY_BITS)


def wrap(master: bytes, data_key: bytes, person: str) -> bytes:
    """A person's data key as it is stored."""
    return _encrypt(master, data_key, person)


def unwrap(master: bytes, wrapped: bytes, person: str) -> bytes:
    """A person's data key. Raises cryptography's InvalidTag where it was stored for another person or master."""
    return _decrypt(master, wrapped, person)


def lock_away(data_key: bytes, personal: PersonalData, person: str) -> bytes:
    """Personal data as it is stored."""
    return _encrypt(data_key, personal.model_dump_json(exclude_none=True).encode(), person)


def take_out(data_key: bytes, stored: bytes, person: str) -> PersonalData:
    """Stored personal data. Raises cryptography's InvalidTag with another key or person."""
    return PersonalData.model_validate_json(_decrypt(data_key, stored, person))


def lock_code_away(master: bytes, digits: str, order_id: str) -> bytes:
    """A pickup code as it is stored: it says nothing of a person, so it has no key but the master key."""
    return _encrypt(master, digits.encode(), _code(order_id))


def take_code_out(master: bytes, stored: bytes, order_id: str) -> str:
    """A stored pickup code. Raises cryptography's InvalidTag with another key or order."""
    return _decrypt(master, stored, _code(order_id)).decode()


def lock_link_away(master: bytes, token: str, link_id: str) -> bytes:
    """An order link's token as it is stored, for the same reason under the same key."""
    return _encrypt(master, token.encode(), _link(link_id))


def take_link_out(master: bytes, stored: bytes, link_id: str) -> str:
    """A stored token. Raises cryptography's InvalidTag with another key or link."""
    return _decrypt(master, stored, _link(link_id)).decode()


def lock_history_code_away(master: bytes, digits: str, link_id: str) -> bytes:
    """The digits that prove a link to a history, for the same reason under the same key."""
    return _encrypt(master, digits.encode(), _history(link_id))


def take_history_code_out(master: bytes, stored: bytes, link_id: str) -> str:
    """Stored digits. Raises cryptography's InvalidTag with another key or link."""
    return _decrypt(master, stored, _history(link_id)).decode()


def _history(link_id: str) -> str:
    return f"code of history link {link_id}"


def _link(link_id: str) -> str:
    return f"order link {link_id}"


def _code(order_id: str) -> str:
    return f"pickup code of {order_id}"  # no person is called so: those are digests with a role


def _encrypt(key: bytes, plaintext: bytes, person: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, person.encode())


def _decrypt(key: bytes, stored: bytes, person: str) -> bytes:
    return AESGCM(key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], person.encode())
