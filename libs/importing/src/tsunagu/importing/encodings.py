"""Which encoding a file has: UTF-8, with or without a byte order mark, or cp932 (Windows' Shift_JIS)."""

from enum import StrEnum
from typing import BinaryIO

from tsunagu.importing.outcomes import NotImportable

UTF8_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF16_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")

LINE_BYTES_MAX = 64 * 1024
"""Longest line, and longest record over several lines: far above any row, and what a broken file costs at most."""


class Encoding(StrEnum):
    """What a file can be read as; the values are Python's names."""

    UTF_8 = "utf-8"
    CP932 = "cp932"


def detect(file: BinaryIO) -> Encoding:
    """The encoding in which fewest lines of the file can't be read; UTF-8 where both are as good.

    Reads the file once and rewinds it. A single spoiled byte does not turn a UTF-8 file into one of cp932.
    Raises NotImportable for UTF-16.
    """
    file.seek(0)
    start = file.read(len(UTF8_BYTE_ORDER_MARK))
    if start == UTF8_BYTE_ORDER_MARK:
        file.seek(0)
        return Encoding.UTF_8
    if start.startswith(_UTF16_BYTE_ORDER_MARKS):
        raise NotImportable("the file is UTF-16: save it as CSV in UTF-8, or in Shift_JIS")
    file.seek(0)
    unreadable = dict.fromkeys(Encoding, 0)
    while line := file.readline(LINE_BYTES_MAX):
        if line.isascii():
            continue
        for encoding in Encoding:
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                unreadable[encoding] += 1
    file.seek(0)
    return min(Encoding, key=lambda encoding: unreadable[encoding])
