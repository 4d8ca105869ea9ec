"""Identifiers in one spelling, and the keyed hash under which they are looked up and stored."""

import hmac
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from customer.domain.blocks import Block
from customer.domain.identity import Key
from customer.keyring import keyring
from customer.settings import settings
from tsunagu.contracts.messages import IdentifyCustomer
from tsunagu.contracts.values import IdentifierKind, PersonalData, normal_ref

CUSTOMER_REF = "customer_ref"
EMAIL, PHONE = "email", "phone"
MATCH_KEY_BYTES = 16
KINDS = (CUSTOMER_REF, *(kind.value for kind in IdentifierKind), EMAIL, PHONE)
"""Everything that identifies a customer."""

# Hyphens and long-vowel marks that people type between digits and that NFKC leaves as they are.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))


def digest_of_ref(ref: str) -> str:
    """The hash of a person's opaque id, in whichever way it is written."""
    return _digest("ref", normal_ref(ref))


def key_of_ref(ref: str, kind: str = CUSTOMER_REF) -> Key:
    """An opaque id as a key of identity."""
    return Key(kind, digest_of_ref(ref), ref)


def open_keys(command: IdentifyCustomer) -> list[Key]:
    """The keys that stand open in a command: its customer_ref first."""
    others = [key_of_ref(identifier.value, identifier.kind.value) for identifier in command.identifiers]
    return _without_doubles([key_of_ref(command.customer_ref), *others])


def keys_of(command: IdentifyCustomer, personal: PersonalData | None) -> list[Key]:
    """All exact keys of a command: opaque ids, then e-mail addresses, then phones."""
    keys = open_keys(command)
    if personal is not None:
        keys += [Key(EMAIL, _digest(EMAIL, email)) for email in map(normal_email, personal.emails) if email]
        keys += [Key(PHONE, _digest(PHONE, phone)) for phone in map(normal_phone, personal.phones) if phone]
    return _without_doubles(keys)


def normal_email(email: str) -> str | None:
    """An e-mail address in one spelling; None where no mail could ever reach it.

    The local part is case-folded too: the standard lets hosts tell cases apart, no provider does.
    """
    address = mail_address(email)
    return None if address is None else address.casefold()


def mail_address(email: str) -> str | None:
    """An e-mail address as mail servers take it, in the letters it was given with; None where none could exist."""
    try:
        checked = validate_email(unicodedata.normalize("NFKC", email), check_deliverability=False)
    except EmailNotValidError:
        return None
    return checked.normalized


def normal_phone(phone: str) -> str | None:
    """A phone number as E.164; None where no such number can exist (a till's dummy number)."""
    typed = unicodedata.normalize("NFKC", phone).translate(_DASHES)
    try:
        number = phonenumbers.parse(typed, settings().phone_region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_landline(phone: str) -> bool:
    """Whether a number (E.164) is, or may be, a household's: it belongs to a place and not to a person."""
    kind = phonenumbers.number_type(phonenumbers.parse(phone))
    return kind in (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )


def match_key_of(block: Block) -> bytes:
    """The hash by which those who share a block are found. Half of it is enough: whom it finds is compared."""
    return bytes.fromhex(_digest("block", "\0".join(block)))[:MATCH_KEY_BYTES]


def _digest(kind: str, normal: str) -> str:
    """HMAC-SHA-256 in hexadecimal: without the key, nobody can try names and numbers against it."""
    return hmac.new(keyring().lookup, f"{kind}\0{normal}".encode(), sha256).hexdigest()


def _without_doubles(keys: Iterable[Key]) -> list[Key]:
    first: dict[str, Key] = {}
    for key in keys:
        first.setdefault(key.digest, key)
    return list(first.values())
