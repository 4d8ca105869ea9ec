"""Words as they are searched for: full-width or half-width, in any case, in hiragana or katakana."""

import unicodedata

_HIRAGANA_FIRST, _HIRAGANA_LAST = ord("ぁ"), ord("ゖ")
_TO_KATAKANA = {
    code: code + ord("ァ") - _HIRAGANA_FIRST for code in range(_HIRAGANA_FIRST, _HIRAGANA_LAST + 1)
}


def words_of(text: str) -> list[str]:
    """The words of a text, each in the one form in which it is compared."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_TO_KATAKANA)
    return unicodedata.normalize("NFKC", folded).split()


def pieces_to_keep(words: list[str]) -> list[str]:
    """All single characters and pairs of neighbours in the words: under these a product is found.

    Japanese has no spaces between words and many words of one or two characters, which longer pieces would miss.
    """
    return sorted({piece for word in words for piece in (*word, *_pairs(word))})


def pieces_to_find(words: list[str]) -> list[str]:
    """The pieces that whatever contains the words must have."""
    return sorted({piece for word in words for piece in (_pairs(word) or [word])})


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)]
