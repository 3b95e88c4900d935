"""Colours as the file says that they are to be shown, made those of sRGB."""

import io

from PIL import ImageCms

from users.pictures.channels import raw_mode

SRGB = ImageCms.createProfile("sRGB")
GREY, COLOURED, INKS = "GRAY", "RGB ", "CMYK"
SPACES = {"1": GREY, "L": GREY, "LA": GREY, "I;16": GREY, "CMYK": INKS}
MODES = {GREY: "L", COLOURED: "RGB", INKS: "CMYK"}
SCREEN = 2.2
SIGNIFICANT = 0.05  # libpng, and so browsers, leave a smaller difference alone, and what is out of range
LOWEST, HIGHEST = 0.00016, 6250


def profile(image):
    """Return the colour profile of a picture, or None: a broken one, or one of another space, is left out."""
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile") or b""))
    except (ImageCms.PyCMSError, OSError):
        return None
    mode = "LA" if raw_mode(image) == "LA;16B" else image.mode
    return found if found.profile.xcolor_space == SPACES.get(mode, COLOURED) else None


def power(image):
    """
    Return what levels from 0 to 1 are raised to, to be those of sRGB.

    That is 1 unless a PNG has its gAMA and nothing better to go by: neither a profile nor the word that it is sRGB.
    See https://www.w3.org/TR/png-3/#13Decoder-gamma-handling.
    """
    gamma = image.info.get("gamma")
    if not isinstance(gamma, float) or not LOWEST <= gamma <= HIGHEST or "srgb" in image.info or profile(image):
        return 1
    return 1 if abs(SCREEN * gamma - 1) <= SIGNIFICANT else 1 / (SCREEN * gamma)


def plain(square, found):
    """Return the pixels alone, in RGB or RGBA of sRGB: no EXIF, no place, no comment, no profile."""
    alpha = square.getchannel("A") if square.mode.endswith("A") else None
    if found:
        try:
            square = square.convert(MODES[found.profile.xcolor_space])
            square = ImageCms.profileToProfile(square, found, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # the colours stay as they are
    square = square.convert("RGB")
    if alpha is not None:
        square.putalpha(alpha)
    square.info = {}
    return square
