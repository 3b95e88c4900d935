"""
Turn what people upload into pictures that are safe to show: square, small, upright, without metadata.

An upload is an attack until shown otherwise. Only four of Pillow's decoders can be reached, size and shape are read
from the header before a pixel is decoded, and what is stored is always encoded anew under a name of our own. Work is
limited too: a file of a few hundred kilobytes may ask for minutes of it. JPEGs as cameras write them may be larger
than others: they are decoded at a fraction of their size, row by row.
"""

import io
import math
import uuid

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from PIL import Image

from users.pictures import channels, colours, jpeg

DIRECTORY = "pictures/"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MEGABYTE = 1024 * 1024
MAX_BYTES = 25 * MEGABYTE  # of a JPEG; whatever is sent, no more of it is kept
MAX_BYTES_OF_OTHERS = 10 * MEGABYTE
MAX_PIXELS = 40_000_000
MAX_PIXELS_REDUCED = 64_500_000  # as cameras count 64 megapixels: 9248 x 6944
MAX_PIXELS_LEFT = 3_050_000  # of them, after the reduction: 12 MB
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
GAP = 1.4  # how much larger than wanted it is at least after the cheap reductions; the rest is resampled
# Kinds that phones send and that are not read, by the brands of their first box (ISO/IEC 14496-12, 23008-12).
UNREAD = {
    "AVIF": {b"avif", b"avis"},
    "HEIC": {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"},
    "HEIF": {b"mif1", b"msf1"},
}


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
    try:
        _check_head(file)
        with Image.open(Reader(file, READS_TO_OPEN), formats=FORMATS) as image:
            _check_size(file, image)
            image.fp.left = READS_IN_ALL
            profile, power = colours.profile(image), colours.power(image)
            return colours.plain(_upright(_cut(image, power), image), profile)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(MAX_PIXELS) from None
    except Image.UnidentifiedImageError:
        raise _not_a_picture(_("This is not a picture that can be read.")) from None
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


def _check_head(file):
    """Refuse what the first bytes tell: a kind that is not read here, or too many bytes for the kind."""
    file.seek(0)
    head = file.read(64)
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in range(8, min(int.from_bytes(head[:4]), len(head)), 4)}
        for name, known in UNREAD.items():
            if brands & known:
                raise _not_a_picture(_("%(kind)s pictures can't be read here; your phone can send a JPEG."), kind=name)
    limit = MAX_BYTES if head.startswith(b"\xff\xd8\xff") else MAX_BYTES_OF_OTHERS
    if file.size is not None and file.size > limit:
        message = _("The picture is larger than %(megabytes)d MB.")
        raise ValidationError(message, code="too_many_bytes", params={"megabytes": limit // MEGABYTE})


def _check_size(file, image):
    pixels, limit = image.width * image.height, MAX_PIXELS
    # Two bytes for each colour, and the two canvases that an animation is drawn on, cost as much as twice the pixels.
    is_deep = any("16" in str(tile[3]) for tile in image.tile)
    if is_deep or (image.format == "WEBP" and getattr(image, "is_animated", False)):
        pixels *= 2
    if image.format in ("JPEG", "MPO"):
        scans = jpeg.count_scans(file)
        if scans.number * pixels > MAX_PIXELS_IN_SCANS:
            raise _too_many_parts()
        _reduce(image)
        if scans.streamed and image.width * image.height <= MAX_PIXELS_LEFT:
            limit = MAX_PIXELS_REDUCED
    if pixels > limit:
        raise _too_many_pixels(limit)
    if max(image.size) > MAX_SIDE:
        raise ValidationError(_("The picture is longer than 65,535 pixels."), code="too_long")


def _reduce(image):
    """Let a JPEG be decoded at a fraction of its size."""
    scale = GAP * SIDE / min(image.size)
    image.draft(None, tuple(math.ceil(length * scale) for length in image.size))


def _not_a_picture(message, **params):
    message = format_lazy("{} {}", message, _("Please choose a JPEG, PNG, WebP or GIF file."))
    return ValidationError(message, code="not_a_picture", params=params)


def _too_many_parts():
    message = _("The picture is made of too many parts. Please save it anew as a plain JPEG or PNG.")
    return ValidationError(message, code="too_many_parts")


def _too_many_pixels(limit):
    message = _("The picture has more than %(megapixels)d megapixels.")
    return ValidationError(message, code="too_many_pixels", params={"megapixels": limit // 1_000_000})


def _cut(image, power):
    """
    Return the square in the middle, reduced to SIDE, in a mode that can be resampled.

    The order decides about time and memory: anything that loads a JPEG before it was reduced would decode all of it.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2  # half a pixel may be eight before the reduction
    box = (left, top, left + side, top + side)
    if not channels.can_be_resampled(image, power):
        image, box = channels.resamplable(image, tuple(map(int, box)), power), None
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=box, reducing_gap=GAP)


def _upright(square, image):
    """Return the square turned as the camera was held."""
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # broken metadata is no reason to refuse the picture
        return square
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    return square if turned is None else square.transpose(turned)
