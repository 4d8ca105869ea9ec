"""A page that asks somebody else for anything is found."""

from pathlib import Path

import pytest

from .asking import foreign


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script src="https://cdn.example/x.js"></script>'),
        ("a.html", '<img src="//cdn.example/x.png">'),
        ("a.html", '<link rel="stylesheet" href="http://cdn.example/x.css">'),
        ("a.css", "@import 'https://fonts.example/x';"),
        ("a.css", "a { background: url(https://cdn.example/x.png) }"),
    ],
)
def test_foreign__whatever_is_asked_of_others__is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (found,) = foreign(tmp_path)
    assert found.startswith(f"{name} asks ")


def test_foreign__links_and_own_files__are_none(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="https://example.org">x</a><script src="x.js"></script><img src="data:,">'
    )
    (tmp_path / "a.css").write_text("a { background: url(data:image/svg+xml;,) }")
    assert foreign(tmp_path) == []
