"""A Prometheus that scrapes the services, where one is installed."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from tsunagu.stack.paths import checkout
from tsunagu.stack.ports import HOST
from tsunagu.stack.process import ProcessSpec
from tsunagu.stack.readiness import http_ok

SCRAPE_INTERVAL_SECONDS = 2  # a demo lasts about a minute; production scrapes every 15
RETENTION_DAYS = 2


def scrape_configuration(services: Mapping[str, int]) -> str:
    """Prometheus's configuration for the services by name and port (JSON, which is YAML)."""
    root = checkout()
    return json.dumps(
        {
            "global": {
                "scrape_interval": f"{SCRAPE_INTERVAL_SECONDS}s",
                "evaluation_interval": f"{SCRAPE_INTERVAL_SECONDS}s",
            },
            "rule_files": [str(root / "deploy" / "prometheus" / "rules" / "*.yml")] if root else [],
            "scrape_configs": [
                {
                    "job_name": "tsunagu",
                    "static_configs": [
                        {"targets": [f"{HOST}:{port}"], "labels": {"service": name}}
                        for name, port in services.items()
                    ],
                }
            ],
        },
        indent=2,
    )


def is_installed() -> bool:
    """Whether there is a `prometheus` on the PATH."""
    return shutil.which("prometheus") is not None


def process_spec(directory: Path, port: int, services: Mapping[str, int], log: Path) -> ProcessSpec:
    """Prometheus as a process, its configuration written."""
    directory.mkdir(parents=True, exist_ok=True)
    configuration = directory / "prometheus.json"
    configuration.write_text(scrape_configuration(services))
    return ProcessSpec(
        name="prometheus",
        argv=(
            "prometheus",
            f"--config.file={configuration}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--storage.tsdb.retention.time={RETENTION_DAYS}d",
            f"--web.listen-address={HOST}:{port}",
        ),
        log=log,
        ready=lambda: http_ok(HOST, port, "/-/ready"),
        ports=(port,),
    )
