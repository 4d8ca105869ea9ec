"""`make docs`: the documentation as a site, in .tsunagu/site/html."""

import subprocess
import sys
from pathlib import Path

from .asking import foreign
from .assembling import ROOT, assemble

SITE = ROOT / ".tsunagu" / "site"
SPHINX = ROOT / ".venv-site" / "bin" / "sphinx-build"


def build(site: Path) -> bool:
    """Make the site in a folder. Any warning is an error, a link that leads nowhere among them."""
    assemble(site / "source")
    folders = (str(site / "source"), str(site / "html"))
    options = ("--fail-on-warning", "--keep-going", "--quiet", "--fresh-env", "--jobs", "auto")
    conf = ("--conf-dir", str(Path(__file__).parent), "--doctree-dir", str(site / "doctrees"))
    beside = ("--define", f"html_extra_path={site / 'source' / 'files'}")
    return subprocess.run([str(SPHINX), *options, *conf, *beside, *folders], check=False).returncode == 0


def main() -> int:
    """Build it and look at it; 1 where something is wrong."""
    if not build(SITE):
        return 1
    html = SITE / "html"
    asked = foreign(html)
    for line in asked:
        sys.stderr.write(f"{line}: the site has to be whole by itself\n")
    sys.stdout.write(f"open {html / 'index.html'}\n")
    return 1 if asked else 0


if __name__ == "__main__":
    sys.exit(main())
