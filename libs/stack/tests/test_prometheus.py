"""Prometheus's configuration for the running services."""

import json

from tsunagu.stack.prometheus import scrape_configuration


def test_scrape_configuration__names_each_service_and_its_port() -> None:
    (job,) = json.loads(scrape_configuration({"inventory": 20001, "order": 20002}))["scrape_configs"]
    targets = {target["labels"]["service"]: target["targets"] for target in job["static_configs"]}
    assert targets == {"inventory": ["127.0.0.1:20001"], "order": ["127.0.0.1:20002"]}
