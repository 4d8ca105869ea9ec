"""Every page is on the map, every link leads somewhere, and what the site can't carry becomes a path."""

import pytest

from .assembling import MAP, ROOT, links_of, navigation, on_the_site, pages, target_of

PAGES = pages()
KNOWN = frozenset(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links__of_a_page__lead_to_something_in_the_repository(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    broken = [link["target"] for link in links_of(text) if not (ROOT / target_of(page, link)).exists()]
    assert not broken, f"{page} leads to {', '.join(broken)}, which is not there"


def test_map__names_every_page_of_docs() -> None:
    text = (ROOT / MAP).read_text(encoding="utf-8")
    named = {target_of(MAP, link).as_posix() for link in links_of(text)}
    pages_of_docs = {page for page in PAGES if page.startswith("docs/") and page != MAP}
    missing = {page for page in pages_of_docs - named if not page.startswith("docs/decisions/")}
    assert not missing, f"{MAP} does not name {', '.join(sorted(missing))}"


def test_navigation__has_the_four_kinds_and_each_page_once() -> None:
    tree = navigation(KNOWN)
    for kind in ("Tutorials", "How-to guides", "Reference", "Explanation"):
        assert f":caption: {kind}\n" in tree
    listed = [line for line in tree.splitlines() if line.startswith(("docs/", "libs/", "services/"))]
    assert len(set(listed)) == len(listed)
    assert {f"{line}.md" for line in listed} >= {page for page in PAGES if page.startswith("docs/")}


def test_site__links_to_what_it_does_not_carry__are_paths() -> None:
    text = (
        "[a page](../README.md#x), [a folder](../deploy/grafana), [code](../Makefile), "
        "[`Makefile`](../Makefile), [elsewhere](https://example.org)\n```\n[code](../Makefile)\n```\n"
    )
    assert on_the_site("docs/a.md", text, KNOWN) == (
        "[a page](../README.md#x), [a folder](../deploy/grafana/README.md), code (`Makefile`), "
        "`Makefile`, [elsewhere](https://example.org)\n```\n[code](../Makefile)\n```\n"
    )
