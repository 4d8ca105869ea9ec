"""What an attribute of the envelope may hold, for writers and readers alike."""

import re
from collections.abc import Collection, Mapping

from tsunagu.contracts.values import ID_CHARACTERS_MAX

ATTRIBUTE_CHARACTERS_MAX = 512
"""Longest envelope attribute; a source is a short URI, a subject at most a record key."""

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")


def is_fine(text: str, characters_max: int) -> bool:
    """Whether a text is neither empty nor too long and holds no control character."""
    # isprintable is the fast answer for nearly all; it is stricter than needed (ideographic space).
    return 0 < len(text) <= characters_max and (text.isprintable() or _PRINTABLE.fullmatch(text) is not None)


def all_plain(texts: Collection[str]) -> bool:
    """Whether texts are surely fine: one look at all of them together, which answers for nearly every envelope."""
    together = "".join(texts)
    return len(together) <= ATTRIBUTE_CHARACTERS_MAX and together.isprintable() and "" not in texts


def fault_of(attributes: Mapping[str, str]) -> str | None:
    """What is wrong with the first `ce_` attribute that is wrong; None when all are fine."""
    if not all_plain(attributes.values()):
        for name, attribute in attributes.items():
            if name.startswith("ce_") and not is_fine(attribute, ATTRIBUTE_CHARACTERS_MAX):
                limit = ATTRIBUTE_CHARACTERS_MAX
                return f"{name} is empty, holds a control character, or is longer than {limit}"
    if len(attributes.get("ce_id", "")) > ID_CHARACTERS_MAX:
        return f"ce_id is longer than {ID_CHARACTERS_MAX} characters"
    return None
