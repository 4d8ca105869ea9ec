"""Barcode numbers: GTIN-8, -12, -13 (JAN) and -14 name the same product when padded to 14 digits."""

import re

_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")


def gtin14(text: str) -> str | None:
    """The number padded to 14 digits, or None where the text has not the form of a GTIN (GS1, 3.1)."""
    return text.zfill(14) if _GTIN.fullmatch(text) else None
