"""`python -m audit.reconcile` runs the continuous check until SIGTERM or SIGINT."""

import os

import structlog
import uvicorn
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from audit.reconcile.process import Check, build_app
from audit.reconcile.settings import reconcile_settings

DATABASE_VARIABLE = "TSUNAGU_AUDIT_DATABASE_URL_"
"""Begins the variables with the URL of a reading role for each database: …_ORDER, …_EDGE_SHOPPER."""


class ProcessSettings(BaseSettings):
    """Where the process stands: the same variables as every service's."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_", frozen=True)

    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", description="host:port, comma separated")
    database_url: str = Field(
        default="postgresql://127.0.0.1:5432/tsunagu_audit", description="the audit's own, for its drifts"
    )
    http_host: str = Field(default="127.0.0.1", description="operators reach the port; the world does not")
    http_port: int = Field(default=8000, ge=0, le=65535, description="0 lets the kernel choose")
    stop_grace_seconds: float = Field(default=8.0, gt=0, description="below the 10 s of containers")


def reading_urls(environment: dict[str, str]) -> dict[str, str]:
    """Database → URL of a reading role, as the environment names them."""
    return {
        name.removeprefix(DATABASE_VARIABLE).lower(): url
        for name, url in environment.items()
        if name.startswith(DATABASE_VARIABLE)
    }


def main() -> None:
    """Entry point. Ends with a sentence where no database is named."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    settings = ProcessSettings()
    urls = reading_urls(dict(os.environ))
    if not urls:
        raise SystemExit(f"no database to read: set {DATABASE_VARIABLE}INVENTORY and the others")
    check = Check(settings.kafka_bootstrap_servers, urls, settings.database_url, reconcile_settings())
    uvicorn.run(
        build_app(check),
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=round(settings.stop_grace_seconds),
    )


if __name__ == "__main__":
    main()
