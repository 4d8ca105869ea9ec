"""The file of the KPIs."""

from functools import cache
from pathlib import Path

from insight.domain.definition_file import parse_definitions
from insight.domain.definitions import Definitions
from insight.settings import settings


class KpiFileError(Exception):
    """The file of the KPIs can't be used; the message names it and says what is wrong."""


def definitions() -> Definitions:
    """The KPIs of this process, read once. Raises KpiFileError."""
    return read_definitions(settings().kpi_file)


@cache
def read_definitions(path: Path) -> Definitions:
    """The KPIs of a file. Raises KpiFileError where it can't be used."""
    try:
        return parse_definitions(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise KpiFileError(f"{path.name}: is not UTF-8") from None
    except OSError as error:
        raise KpiFileError(f"{path.name}: {error}") from None
    except ValueError as error:
        raise KpiFileError(f"{path.name} {error}") from None
