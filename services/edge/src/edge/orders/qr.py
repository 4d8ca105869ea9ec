"""A pickup code as a picture that the desk's scanner reads off the shopper's screen."""

from io import BytesIO

import segno

_PIXELS_PER_MODULE = 8
"""A code of 25 modules and its margin fill a phone's width at this size; as SVG it can be shown at any."""


def qr_svg(token: str) -> bytes:
    """The token as a QR code (ISO/IEC 18004), dark on white whatever is behind it, as an SVG document.

    Error correction M, so that a scratched or dim screen is still read.
    """
    image = BytesIO()
    segno.make_qr(token, error="m").save(image, kind="svg", scale=_PIXELS_PER_MODULE, light="#fff")
    return image.getvalue()
