"""One service process's port for operators."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

ANSWER_TIMEOUT_SECONDS = 10.0
"""A list or a single row takes milliseconds."""

Row = dict[str, Any]


class NoAnswer(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Nobody answers at the port, or not as a service would."""


class Refused(Exception):  # noqa: N818 - an answer
    """The service says no; the message is its reason."""


class OperatorPort:
    """The operator port at `url`. A context manager. Every call raises NoAnswer or Refused."""

    def __init__(self, service: str, url: str) -> None:
        self.service = service
        self._url = url.rstrip("/")
        self._client = httpx.Client(timeout=ANSWER_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        """Ready at once; connects with the first call."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | Sequence[str]] | None = None,
        timeout_seconds: float = ANSWER_TIMEOUT_SECONDS,
        text: str | None = None,
    ) -> Any:
        """What the service answers at a path, as JSON; `text` is sent along."""
        try:
            response = self._client.request(
                method, f"{self._url}{path}", params=parameters, content=text, timeout=timeout_seconds
            )
            body = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise NoAnswer(f"{self.service} does not answer at {self._url}: {reason}") from error
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            raise Refused(f"{self.service}: {body['detail']}")
        return body
