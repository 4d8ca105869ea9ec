"""docs/supply-chain.md: what is between its marks is made from the locks and what packages say of themselves."""

from collections import Counter
from collections.abc import Sequence

from .packages import ROOT, RUN_BESIDE, Package, shipped, tools

PAGE = ROOT / "docs" / "supply-chain.md"
BEGINS = "<!-- made by `make reference` -->\n"
ENDS = "<!-- end -->\n"


def page() -> str:
    """The page as it has to be: what people wrote, with the tables anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{_image()}\n{_tools()}{ENDS}{after}"


def _image() -> str:
    rows = [
        f"| {package.name} | {package.version} | {package.licence} | {package.ecosystem} |\n"
        for package in sorted(shipped())
    ]
    return f"## In the image\n| package | version | licence | from |\n|---|---|---|---|\n{''.join(rows)}"


def _tools() -> str:
    rows = [f"| {licence} | {number} | {_named(licence)} |\n" for licence, number in _counted(tools())]
    return f"## Tools, in no image\n| licence | packages | of note |\n|---|---|---|\n{''.join(rows)}"


def _counted(packages: Sequence[Package]) -> list[tuple[str, int]]:
    return sorted(
        Counter(package.licence for package in packages).items(), key=lambda each: (-each[1], each[0])
    )


def _named(licence: str) -> str:
    noted = [package.name for package in tools() if package.licence == licence and package.name in RUN_BESIDE]
    return "; ".join(f"{name}: {RUN_BESIDE[name]}" for name in noted)
