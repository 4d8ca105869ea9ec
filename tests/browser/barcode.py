"""A camera that looks at a barcode: the JAN code drawn into a video that Chromium takes for its camera's."""

from pathlib import Path

_LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
_MIRRORED = (
    "LLLLLL",
    "LLGLGG",
    "LLGGLG",
    "LLGGGL",
    "LGLLGG",
    "LGGLLG",
    "LGGGLL",
    "LGLGLG",
    "LGLGGL",
    "LGGLGL",
)
"""Which of the left digits are mirrored says what the first one is (ISO/IEC 15420)."""
WIDTH, HEIGHT, MODULE = 640, 480, 4
WHITE, BLACK, GREY = 235, 16, 128


def modules(code: str) -> str:
    """The bars of a JAN code of 13 digits: 1 is a dark module."""
    right = [digit.translate(str.maketrans("01", "10")) for digit in _LEFT]
    mirrored = [digit[::-1] for digit in right]
    first = "".join(
        (_LEFT if parity == "L" else mirrored)[int(digit)]
        for digit, parity in zip(code[1:7], _MIRRORED[int(code[0])], strict=True)
    )
    return f"101{first}01010{''.join(right[int(digit)] for digit in code[7:])}101"


def write_video(code: str, path: Path) -> None:
    """A film of the code, still, as an uncompressed Y4M file."""
    bars = b"".join(bytes([BLACK if bar == "1" else WHITE]) * MODULE for bar in modules(code))
    margin = (WIDTH - len(bars)) // 2
    row = bytes([WHITE]) * margin + bars + bytes([WHITE]) * (WIDTH - margin - len(bars))
    blank = bytes([WHITE]) * WIDTH
    luma = blank * (HEIGHT // 4) + row * (HEIGHT // 2) + blank * (HEIGHT // 4)
    frame = b"FRAME\n" + luma + bytes([GREY]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 3)
