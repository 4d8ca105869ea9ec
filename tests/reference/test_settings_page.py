"""The page of settings says what the code says, and no setting goes without a reason."""

from .settings_page import PAGE, page


def test_settings_page__is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make reference brings it up to date"


def test_settings__each_has_a_reason() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    without = [line.split("|")[1].strip() for line in rows if not line.split("|")[-2].strip()]
    assert rows
    assert without == []
