"""The page of KPIs says what the code says."""

from .kpis_page import PAGE, page


def test_kpis_page__is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make reference brings it up to date"
