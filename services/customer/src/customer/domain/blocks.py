"""Blocks: who may be the same person at all. Only records that share a block are compared.

Readings stand in them by their sound, so that a mistyped sign leaves a record in its block.
"""

from collections.abc import Iterator

from customer.domain.features import Features

GIVEN_START = 2
"""So many signs of a given name's sound are in a block: most slips come later, and names that begin alike are few."""

PHONE_DIGITS = 8
"""The last digits of a phone number: without its area code, which people leave out."""

Block = tuple[str, str]
"""A block's kind and its value."""


def blocks_of(one: Features) -> frozenset[Block]:
    """The blocks a record is in; none of those for which it lacks something."""
    return frozenset(_blocks(one))


def _blocks(one: Features) -> Iterator[Block]:
    given, family = one.given_name.sound, one.family_name.sound
    if one.birth_date is not None:
        day = one.birth_date.isoformat()
        if given:
            yield "birth_date+given_name", f"{day} {given[:GIVEN_START]}"
        for form in (one.given_name.form, one.family_name.form):
            if form:
                yield "birth_date+form", f"{day} {form}"
        if given and family:
            yield "names+year", f"{family} {given} {day[:4]}"
    for home in one.homes:
        for name in filter(None, (given, one.given_name.form)):
            yield "postal_code+given_name", f"{home.postal_code} {name}"
    if given:
        for phone in one.phones:
            yield "phone+given_name", f"{phone[-PHONE_DIGITS:]} {given}"
