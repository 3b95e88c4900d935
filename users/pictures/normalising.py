"""
Turn what people upload into pictures that are safe to show: square, small, upright, without metadata.

An upload is an attack until shown otherwise. Only four of Pillow's decoders can be reached, size and shape are read
from the header before a pixel is decoded, and what is stored is always encoded anew under a name of our own. Work is
limited too: a file of a few hundred kilobytes may ask for minutes of it.
"""

import io
import math
import uuid

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms

DIRECTORY = "pictures/"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 65_535  # pixels, as in JPEG: each row of a decoded picture costs memory, however short it is
# A JPEG may go over all of its pixels as often as it likes. Ten times is usual, and takes libjpeg half a second here.
MAX_PIXELS_IN_SCANS = 16 * MAX_PIXELS
# Pillow reads each segment, chunk and comment by itself, in Python. Photographs have some dozen before the pixels.
READS_TO_OPEN = 1_500
READS_IN_ALL = 40_000
BLOCK = 64 * 1024  # bytes
SIDE = 512  # pixels
QUALITY = 80  # of WebP, 0 to 100
METHOD = 4  # of WebP: effort, 0 to 6
GAP = 1.5  # how much larger than wanted a picture may be after the cheap reductions; the rest is resampled


class Picture(ContentFile):
    """The content of a picture as it is stored. Only ``normalise`` makes one."""


def normalise(file):
    """
    Return an uploaded picture as it is stored: a square WebP of SIDE pixels, under a random name.

    Args:
        file (File): what was uploaded, open for reading and seekable.

    Raises:
        ValidationError: with a sentence for the person, if it is no picture, too large, or broken.
    """
    square = _square(file)
    content = io.BytesIO()
    square.save(content, "WEBP", quality=QUALITY, method=METHOD)
    return Picture(content.getvalue(), name=f"{uuid.uuid4().hex}.webp")


def _square(file):
    if file.size is not None and file.size > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 10 MB."), code="too_many_bytes")
    try:
        reader = Reader(file, READS_TO_OPEN)
        with Image.open(reader, formats=FORMATS) as image:
            _check_size(image)
            _check_scans(file, image)
            reader.left = READS_IN_ALL
            return _plain(_upright(_cut(image), image))
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Image.UnidentifiedImageError:
        message = _("This is not a picture that can be read. Please choose a JPEG, PNG, WebP or GIF file.")
        raise ValidationError(message, code="not_a_picture") from None
    except Exception as error:  # a broken file makes Pillow's decoders raise anything, SyntaxError included
        raise ValidationError(_("The picture is broken or incomplete."), code="broken_picture") from error


class Reader:
    """A file that lets Pillow read a number of times; more is a picture of nothing but small parts."""

    def __init__(self, file, reads):
        """Read from a file."""
        self.file, self.left = file, reads

    def read(self, size=-1):
        """
        Read some bytes.

        Raises:
            ValidationError: there were too many reads.
        """
        self.left -= 1
        if self.left < 0:
            raise _too_many_parts()
        return self.file.read(size)

    def __getattr__(self, name):
        return getattr(self.file, name)


def _check_size(image):
    pixels = image.width * image.height
    # Two bytes for each colour, and the two canvases that an animation is drawn on, cost as much as twice the pixels.
    is_deep = any("16" in str(tile[3]) for tile in image.tile)
    if is_deep or (image.format == "WEBP" and getattr(image, "is_animated", False)):
        pixels *= 2
    if pixels > MAX_PIXELS:
        raise _too_many_pixels()
    if max(image.size) > MAX_SIDE:
        raise ValidationError(_("The picture is longer than 65,535 pixels."), code="too_long")


def _check_scans(file, image):
    """Refuse a JPEG that says too often that all of it is to come again, each time at the cost of the whole."""
    if image.format not in ("JPEG", "MPO"):
        return
    place, scans, last = file.tell(), 0, b""
    file.seek(0)
    while block := file.read(BLOCK):
        # Pixels write 0xFF as 0xFF00; metadata adds a few.
        scans += block.count(b"\xff\xda") + (last == b"\xff" and block[0] == 0xDA)
        last = block[-1:]
    file.seek(place)
    if scans * image.width * image.height > MAX_PIXELS_IN_SCANS:
        raise _too_many_parts()


def _too_many_parts():
    message = _("The picture is made of too many parts. Please save it anew as a plain JPEG or PNG.")
    return ValidationError(message, code="too_many_parts")


def _too_many_pixels():
    return ValidationError(_("The picture has more than 40 megapixels."), code="too_many_pixels")


def _cut(image):
    """
    Return the square in the middle, reduced to SIDE.

    The order decides about time and memory. ``draft`` lets a JPEG be decoded at a fraction of its size; anything
    that loads the picture before it (a conversion, a turn) would decode all of it.
    """
    scale = GAP * SIDE / min(image.size)
    image.draft(None, tuple(math.ceil(length * scale) for length in image.size))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    if image.mode not in ("RGB", "RGBA", "L", "CMYK") or "transparency" in image.info:
        image, box = _with_channels(image.crop(box)), None
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box, reducing_gap=GAP)


def _with_channels(image):
    """
    Return a picture in a mode that can be resampled.

    Palettes and 16-bit greys can't be, nor a colour that stands for transparency: resampling makes others of it.
    """
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(square, image):
    """Return the square turned as the camera was held."""
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # broken metadata is no reason to refuse the picture
        return square
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    return square if turned is None else square.transpose(turned)


def _plain(square):
    """Return the pixels alone, in sRGB: no EXIF, no place, no comment, no profile."""
    profile = square.info.get("icc_profile")
    mode = "RGBA" if square.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            square = ImageCms.profileToProfile(square, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the colours stay as they are
    square = square.convert(mode)
    square.info = {}
    return square
