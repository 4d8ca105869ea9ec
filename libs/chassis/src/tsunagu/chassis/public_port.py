"""What the world may reach has a port of its own: nobody outside comes near health, metrics or dead letters."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import uvicorn

from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.slow_clients import limited_protocol


class _PublicServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process's main server, which ends this one."""
        yield


@contextlib.asynccontextmanager
async def public_port(runtime: Runtime) -> AsyncIterator[None]:
    """Serve `public_http` while the context lasts; nothing happens for a service that has none."""
    if runtime.service.public_http is None:
        yield
        return
    settings = runtime.settings
    server = _PublicServer(
        uvicorn.Config(
            runtime.rules.tracing.requests(runtime.service.public_http(runtime)),
            host=settings.public_http_host,
            port=settings.public_http_port,
            http=limited_protocol(settings),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=round(settings.stop_grace_seconds / 4),
        )
    )
    serving = asyncio.create_task(server.serve(), name=f"{runtime.service.name} public port")
    try:
        yield
    finally:
        server.should_exit = True
        await serving
