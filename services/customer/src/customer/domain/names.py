"""Names as they are compared: katakana by what is easily mistyped, kanji by their current form.

What comes in has been normalised before (NFKC, katakana, no spaces): this knows the language, not the encoding.
"""

import unicodedata
from collections.abc import Mapping

_PLAIN = str.maketrans("ァィゥェォッャュョヮヵヶヰヱヲ", "アイウエオツヤユヨワカケイエオ")
_ONE_SOUND = str.maketrans("ヂヅ", "ジズ")  # each pair is spoken alike, and typed by guess
_VOICED_MARKS = "\u3099\u309a"
_LONG_AFTER = {
    "ウ": frozenset("オコソトノホモヨロウクスツヌフムユル"),  # コウ, ユウ
    "オ": frozenset("オコソトノホモヨロ"),  # オオタ
}
_LONG_MARK = "ー"


def sound_of(katakana: str) -> str:
    """A reading without what typing gets wrong most: small signs, voiced marks, long vowels.

    ショウタ and シヨウタ, ヤマザキ and ヤマサキ, オオタ and オタ are one. So are ユウキ and ユキ, which are two names:
    that is why a reading that is alike weighs far less than the characters.
    """
    marked = unicodedata.normalize("NFD", katakana.translate(_ONE_SOUND))
    plain = "".join(sign for sign in marked if sign not in _VOICED_MARKS).translate(_PLAIN)
    kept = ""
    for sign in plain:
        is_long = sign == _LONG_MARK or (kept and kept[-1] in _LONG_AFTER.get(sign, ()))
        if not is_long:
            kept += sign
    return kept


def current_form(written: str, forms: Mapping[str, str]) -> str:
    """A name with each character in the form that stands for its family: 齋藤 and 斎藤 are one.

    `forms`: character → that form; what is not in it stands for itself.
    """
    return "".join(forms.get(character, character) for character in written)
