"""What the site's search takes for a word: English as Sphinx has it, Japanese by each two characters in a row.

The index is made by `words_of`; what somebody types is cut by `SPLITTER` in the browser. Any part of a compound is
found that way, also a single character. A splitter that guesses words finds 在庫 in one sentence and misses it in
店舗在庫照会.
"""

import re

JAPANESE = r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]+"
SPLITTER = r"""
function splitQuery(query) {
  const japanese = /^JAPANESE$/;
  const parts = query.match(/JAPANESE|(?:(?!JAPANESE)[\p{L}\p{N}_])+/gu) || [];
  return parts.flatMap((part) =>
    japanese.test(part) && part.length > 1
      ? Array.from({ length: part.length - 1 }, (_, at) => part.slice(at, at + 2))
      : [part]
  );
}
""".replace("JAPANESE", JAPANESE)

_PART = re.compile(rf"{JAPANESE}|(?:(?!{JAPANESE})\w)+")
_JAPANESE = re.compile(JAPANESE)


def is_japanese(word: str) -> bool:
    """Whether a word is written in kanji or kana."""
    return _JAPANESE.fullmatch(word) is not None


def words_of(text: str) -> list[str]:
    """The words of a text: of Japanese each character, and each two in a row."""
    found: list[str] = []
    for part in _PART.findall(text):
        if is_japanese(part):
            found += [*part, *(part[at : at + 2] for at in range(len(part) - 1))]
        else:
            found.append(part)
    return found
