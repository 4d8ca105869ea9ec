"""How the service's own port says that a question has no answer."""

from starlette.responses import JSONResponse, Response


def problem(status: int, detail: str) -> Response:
    """An answer as RFC 9457 has them, with a sentence for people."""
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
