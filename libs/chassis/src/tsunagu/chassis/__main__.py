"""`python -m tsunagu.chassis inventory.app` runs the service that `inventory/app.py` declares as SERVICE."""

import gc
import importlib
import sys

import uvicorn

from tsunagu.chassis.broken_connections import expect_closed_transports
from tsunagu.chassis.http import build_app
from tsunagu.chassis.logs import configure
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings, chassis_settings


def load(module: str) -> Service:
    """The `SERVICE` of a module. Raises SystemExit with a sentence where there is none."""
    service = getattr(importlib.import_module(module), "SERVICE", None)
    if not isinstance(service, Service):
        raise SystemExit(f"{module} declares no SERVICE = Service(…)")
    return service


# A batch makes some ten thousand objects that all go at its end. Python looks for cycles after every 700 of them,
# which cost a fifth of the CPU (measured with inventory); looked for this seldom, it costs little.
GARBAGE_COLLECTION_THRESHOLD = 50_000


def serve(service: Service, settings: ChassisSettings) -> None:
    """Run the service until SIGTERM or SIGINT. Raises SystemExit(1) when it can't go on and has to be started again."""
    configure(settings, service.name)
    expect_closed_transports()
    runtime = Runtime(service, settings)
    gc.freeze()  # what is there by now is code and stays: it need not be looked through again
    gc.set_threshold(GARBAGE_COLLECTION_THRESHOLD)
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(runtime),
            host=settings.http_host,
            port=settings.http_port,
            loop="uvloop",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=round(settings.stop_grace_seconds / 2),
        )
    )

    def end() -> None:
        server.should_exit = True

    runtime.on_failure = end
    server.run()
    if runtime.failed is not None or not server.started:
        raise SystemExit(1)


def main() -> None:
    """Entry point."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tsunagu.chassis MODULE, for example inventory.app")
    serve(load(sys.argv[1]), chassis_settings())


if __name__ == "__main__":
    main()
