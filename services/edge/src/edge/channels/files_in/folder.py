"""A channel's folder: what waits in it, and how a file is acknowledged. Everything appears by a rename, whole."""

import os
from dataclasses import dataclass
from pathlib import Path

from edge.channels import whole_files

REPORTS, TAKEN = "reports", "taken"
DIGEST_CHARACTERS = 8
"""Of the digest, in the names of reports: two files of one name have reports of their own."""


class TooLarge(ValueError):  # noqa: N818 - the name says what is wrong
    """A file beyond the limit; the message says which."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A file as it was when it was read."""

    path: Path
    content: bytes
    stamp: tuple[int, int]


def waiting(folder: Path) -> list[Path]:
    """The files to take, by name. Under any other ending, or with a dot before it, a file is still being written."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".csv"
        and not path.name.startswith(".")
        and path.is_file()
        and not path.is_symlink()
    )


def read(path: Path, bytes_max: int) -> Drop:
    """The file's content. Raises TooLarge, and OSError."""
    with path.open("rb") as file:
        stat = os.fstat(file.fileno())
        if stat.st_size > bytes_max:
            raise TooLarge(
                f"the file has {stat.st_size} bytes; at most {bytes_max} are taken: split it between orders"
            )
        return Drop(path, file.read(bytes_max), (stat.st_size, stat.st_mtime_ns))


def acknowledge(path: Path, stamp: tuple[int, int] | None, digest: str, reports: dict[str, bytes]) -> None:
    """Write reports beside the file, in their order, then move it away.

    A file that has changed since it was read stays, to be read again.

    Done again after a crash, or by two processes, it comes to the same. Raises OSError.
    """
    part = f"{path.stem}.{digest[:DIGEST_CHARACTERS]}"
    (path.parent / REPORTS).mkdir(exist_ok=True)
    (path.parent / TAKEN).mkdir(exist_ok=True)
    for kind, content in reports.items():
        report = path.parent / REPORTS / f"{part}.{kind}.csv"
        whole_files.write(report, content)
    try:
        stat = path.stat()
        if stamp is None or (stat.st_size, stat.st_mtime_ns) == stamp:
            path.replace(path.parent / TAKEN / f"{part}.csv")
    except FileNotFoundError:
        return  # another process has moved it
