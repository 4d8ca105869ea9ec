"""The apps' own texts, so that tests find things by what people read."""

import json
import re
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "services" / "edge" / "web" / "src"


class Wording:
    """The texts of an app in a language: `say("cart.order", total="¥1,980")`."""

    def __init__(self, app: str, language: str) -> None:
        self.language = language
        self._texts = {**_catalogue("common", language), **_catalogue(app, language)}

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key. Raises KeyError for one that is not there."""
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), self._texts[key])


@cache
def _catalogue(folder: str, language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((SOURCES / folder / "texts" / f"{language}.json").read_text())
    return texts
