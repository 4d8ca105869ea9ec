"""The types for channels in TypeScript are what the contracts say."""

from .typescript import FILE, text


def test_typescript__is_what_the_contracts_say() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "make reference brings it up to date"
