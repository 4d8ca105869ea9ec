"""Sphinx's settings of the documentation's site. Its pages are put together by `assembling`."""

import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.search import languages
from sphinx.search.en import SearchEnglish

sys.path.insert(0, str(Path(__file__).parents[2]))  # Sphinx runs in an environment without this repository

from tests.site import words

project = "Tsunagu"
root_doc = "README"
extensions = ["myst_parser"]
exclude_patterns = ["files"]
nitpicky = True
# Blocks with an ellipsis are no whole programs, and CSV is nothing to colour.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "Tsunagu 繋ぐ"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_search_language = "en-ja"

# As GitHub names headings, so that links hold in the repository and on the site.
myst_heading_anchors = 4


class EnglishAndJapanese(SearchEnglish):
    """See `words`."""

    lang = html_search_language
    language_name = "English and Japanese"
    js_splitter_code = words.SPLITTER

    def split(self, input: str) -> list[str]:
        """The words of a text."""
        return words.words_of(input)

    def word_filter(self, word: str) -> bool:
        """All of Japanese; of English, what Sphinx takes for a word."""
        return words.is_japanese(word) or super().word_filter(word)


def setup(app: Sphinx) -> None:
    """Let Sphinx know the language."""
    languages[html_search_language] = EnglishAndJapanese
