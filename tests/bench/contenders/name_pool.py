"""Japanese names with readings, as JSON: families with how many bear them, given names with their spellings.

From japanese-personal-name-dataset, which only the contenders' environment has; its numbers are a web site's estimates.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from japanese_personal_name_dataset import load_dataset

_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def main() -> None:
    """Write the names to standard output."""
    # The readings that are common: of the rarer ones nobody knows how rare they are.
    men, women, families = load_dataset(kind="opti", include_last_names=True)
    pool = {
        "families": [
            (kanji, family["reading"].translate(_KATAKANA), family["count"])
            for kanji, family in families.items()
        ],
        "men": _given(men),
        "women": _given(women),
    }
    json.dump(pool, sys.stdout, ensure_ascii=False)


def _given(names: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [(reading.translate(_KATAKANA), name["kanji"]) for reading, name in names.items() if name["kanji"]]


if __name__ == "__main__":
    main()
