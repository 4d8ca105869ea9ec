"""deploy/sbom.cdx.json: what the image is made of, as CycloneDX 1.6 has it, from the locks.

Nothing in it is by chance or by the clock, so that the same locks make the same file.
"""

import base64
import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from .packages import ROOT, Package, shipped

FILE = ROOT / "deploy" / "sbom.cdx.json"


def text() -> str:
    """The file as it has to be."""
    components = [_component(package) for package in sorted(shipped())]
    of_what = " ".join(component["purl"] for component in components)
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, of_what)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "tsunagu",
                "name": "tsunagu",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "tsunagu", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    return json.dumps(sbom, ensure_ascii=False, indent=1) + "\n"


def _component(package: Package) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"expression": package.licence.strip("()")}],
    }
    # A component's hashes are those of one file; a package of Python has one a platform, which the lock has.
    if package.integrity:
        algorithm, _, value = package.integrity.partition("-")
        name = {"sha512": "SHA-512", "sha1": "SHA-1"}[algorithm]
        component["hashes"] = [{"alg": name, "content": base64.b64decode(value).hex()}]
    return component
