"""Helm and kubeconform, built once from the Go modules that go.sum pins; Kubernetes's schemas from PyPI."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from tsunagu.stack.paths import cache_dir

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = {"helm": "helm.sh/helm/v4/cmd/helm", "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform"}
BUILD_SECONDS_MAX = 1_500  # Helm has some five hundred packages below it, and a busy machine two cores
KUBERNETES = "v1.37.0"
SCHEMAS = "{{ .ResourceKind }}{{ .KindSuffix }}.json"  # how kubeconform names a file of the folder


class NoGoError(Exception):
    """This machine has no Go to build the tools with."""


def built(name: str) -> Path:
    """The program, built where it is not there yet. Raises NoGoError, or CalledProcessError with Go's own words."""
    lock = hashlib.sha256((HERE / "go.sum").read_bytes()).hexdigest()[:12]
    program = cache_dir() / "helm-tools" / lock / name
    if not program.is_file():
        if shutil.which("go") is None:
            raise NoGoError("Helm and kubeconform are built with Go, and this machine has none")
        subprocess.run(
            ["go", "build", "-mod=readonly", "-trimpath", "-o", str(program), PROGRAMS[name]],
            cwd=HERE,
            check=True,
            timeout=BUILD_SECONDS_MAX,
        )
    return program


KINDS = (
    "serviceaccount-v1",
    "service-v1",
    "configmap-v1",
    "deployment-apps-v1",
    "networkpolicy-networking-v1",
    "poddisruptionbudget-policy-v1",
)
"""What the chart has of Kubernetes's own, as the schemas' files are called."""


def kubernetes_schemas(folder: Path) -> str:
    """Where Kubernetes's schemas are, as kubeconform wants it told: those that refuse unknown fields.

    They are written to `folder`, each with what it refers to: the package has that in one file under an address.
    """
    [there] = (ROOT / ".venv-helm").glob(
        f"lib/python*/site-packages/kubernetes_validate/kubernetes-json-schema/{KUBERNETES}-local-strict"
    )
    shared = json.loads((there / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    for kind in KINDS:
        text = (there / f"{kind}.json").read_text(encoding="utf-8").replace("/api/_definitions.json#", "#")
        (folder / f"{kind}.json").write_text(json.dumps({**json.loads(text), "$defs": shared}))
    return f"{folder}/{SCHEMAS}"
