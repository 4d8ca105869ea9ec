"""requirements.lock covers what the members need."""

from pathlib import Path

import pytest

from tsunagu.stack.requirements import locked_names, normalized, third_party_requirements

ROOT = Path(__file__).resolve().parents[3]


def test_lock__has_every_dependency_of_every_member() -> None:
    locked = locked_names((ROOT / "requirements.lock").read_text())
    missing = [name for name in third_party_requirements(ROOT) if normalized(name) not in locked]
    assert not missing, f"run `make lock`: {missing}"


@pytest.mark.parametrize("name", ["requirements.lock", "libs/stack/uv.requirements.txt"])
def test_lock__every_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    blocks = text.replace("\\\n", " ").splitlines()
    assert all("--hash=sha256:" in block for block in blocks if block.strip())


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("Foo_Bar>=1,<2", "foo-bar"),
        ("uvicorn[standard]==0.5", "uvicorn"),
        ("a.b ; python_version>'3'", "a-b"),
        ("c", "c"),
    ],
)
def test_normalized__is_the_bare_name(requirement: str, name: str) -> None:
    assert normalized(requirement) == name
