"""The stand-in for a retailer's own payment page (docs/delivery.md), where nothing names one."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tsunagu.stack.addresses import PAYMENT_PAGE
from tsunagu.stack.ports import HOST
from tsunagu.stack.process import ProcessSpec
from tsunagu.stack.readiness import http_ok
from tsunagu.stack.services import PAYMENT_KEY, ServiceProcess

MODULE = "tsunagu.retailer.payment_page"


def stands_in(services: Iterable[ServiceProcess], environment: Mapping[str, str]) -> bool:
    """Whether one of the services leads to a payment page, and neither `environment` nor this process's names one."""
    named = {**os.environ, **environment}
    needed = any(service.payment is not None and not named.get(service.payment.page) for service in services)
    return needed and importlib.util.find_spec(MODULE) is not None


def environment_of(
    service: ServiceProcess, ports: Mapping[str, int], secrets: Mapping[str, str]
) -> Mapping[str, str]:
    """How a service is told of the stand-in, where it leads to one and there is one."""
    if service.payment is None or PAYMENT_PAGE not in ports:
        return {}
    return {
        service.payment.page: f"http://{HOST}:{ports[PAYMENT_PAGE]}/",
        service.payment.key: secrets[PAYMENT_KEY],
    }


def process_spec(ports: Mapping[str, int], secrets: Mapping[str, str], log: Path) -> ProcessSpec:
    """The stand-in as a process."""
    port = ports[PAYMENT_PAGE]
    return ProcessSpec(
        name=PAYMENT_PAGE,
        argv=(sys.executable, "-m", MODULE),
        log=log,
        ready=lambda: http_ok(HOST, port, "/readyz"),
        environment={
            "TSUNAGU_PAYMENT_PAGE_HOST": HOST,
            "TSUNAGU_PAYMENT_PAGE_PORT": str(port),
            "TSUNAGU_PAYMENT_PAGE_KEY": secrets[PAYMENT_KEY],
        },
        ports=(port,),
    )
