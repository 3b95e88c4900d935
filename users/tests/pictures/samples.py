"""Pictures to try, made here, and how they are compared."""

import io
import struct
import zlib

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.test import SimpleTestCase
from PIL import Image, ImageCms

from users.pictures import normalising

ORANGE = (200, 100, 50)
COLOURS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (220, 220, 30))  # left top, right top, left and right bottom
MARK = "leaked-5f2c"

# Colorants of RGB colour spaces, adapted to D50, and how their values are encoded.
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407), 2.4)
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), 2.2)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(image, kind, **options):
    """Return an image as the bytes of a file."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def plain(mode="RGB", size=(60, 60), colour=ORANGE):
    """Return an image of one colour."""
    image = Image.new("RGB", size, colour)
    return image.convert(mode, palette=Image.Palette.ADAPTIVE) if mode == "P" else image.convert(mode)


def quarters(size=(600, 600)):
    """Return an image whose four quarters have the four COLOURS."""
    image = Image.new("RGB", (2, 2))
    image.putdata(COLOURS)
    return image.resize(size, Image.Resampling.NEAREST)


def normalised(content, name="photo.jpg"):
    """Return the picture that is stored for the content of an upload, decoded."""
    image = Image.open(normalising.normalise(ContentFile(content, name=name)))
    image.load()
    return image


def icc_profile(red, green, blue, gamma):
    """Return a colour profile of three colorants: the smallest file that the standard allows."""
    curve = _curve(gamma)
    tags = {b"rXYZ": b"XYZ \0\0\0\0" + _numbers(*red), b"gXYZ": b"XYZ \0\0\0\0" + _numbers(*green)}
    tags |= {b"bXYZ": b"XYZ \0\0\0\0" + _numbers(*blue), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return _profile(b"mntrRGB XYZ ", tags)


def grey_profile(gamma):
    """Return a colour profile of greys."""
    return _profile(b"mntrGRAYXYZ ", {b"kTRC": _curve(gamma)})


def _numbers(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _text(value):
    value = value.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(value), 28) + value


def _curve(gamma):
    if gamma == 2.4:  # the curve of sRGB
        numbers = _numbers(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
        return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + numbers
    return b"para\0\0\0\0" + struct.pack(">HH", 0, 0) + _numbers(gamma)


def _profile(kind, tags):
    white = _numbers(0.9642, 1, 0.8249)
    tags = {b"desc": _text(MARK), b"cprt": _text(MARK), b"wtpt": b"XYZ \0\0\0\0" + white, **tags}
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    size = struct.pack(">I", 128 + len(table) + len(data))
    head = size + b"\0" * 4 + struct.pack(">I", 0x04000000) + kind + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    return (head + b"acsp" + b"\0" * 28 + white).ljust(128, b"\0") + table + data


def png_chunk(kind, data):
    """Return a part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def chunks(png, wanted):
    """Yield the data of all parts of a kind."""
    at = 8
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == wanted:
            yield png[at + 8 : at + 8 + length]
        at += 12 + length


PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # x, y, steps


def png(kind, depth, rows, palette=None, transparent=None, interlaced=False, chunks=b""):
    """
    Return a PNG of any mode; Pillow writes some of them only.

    Args:
        kind (int): its colour type, 0, 2, 3, 4 or 6.
        depth (int): the bits of a sample.
        rows (list): of lists of pixels, each a tuple of samples.
        palette (bytes): colours, for type 3.
        transparent (tuple or bytes): a colour, or the levels of a palette.
        interlaced (bool): whether the pixels come in seven passes.
        chunks (bytes): further parts, to stand before the palette.
    """
    data = b""
    for x, y, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        for row in rows[y::down]:
            bits = "".join(f"{sample:0{depth}b}" for pixel in row[x::across] for sample in pixel)
            bits += "0" * (-len(bits) % 8)
            data += bytes([0, *(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))])
    if isinstance(transparent, tuple):
        transparent = b"".join(struct.pack(">H", sample) for sample in transparent)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, kind, 0, 0, interlaced))
        + chunks
        + (png_chunk(b"PLTE", palette) if kind == 3 else b"")
        + (png_chunk(b"tRNS", transparent) if transparent is not None else b"")
        + png_chunk(b"IDAT", zlib.compress(data))
        + png_chunk(b"IEND", b"")
    )


def png_header(width, height, mode=2):
    """Return a PNG that says how large it is, and has no pixels to speak of."""

    header = struct.pack(">IIBBBBB", width, height, 8, mode, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + png_chunk(b"IEND", b"")
    )


def jpeg_header(width, height):
    """Return a JPEG that says how large it is, and ends there."""
    content = bytearray(encoded(plain(), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


class PictureTestCase(SimpleTestCase):
    """Pictures that are compared by colour, as far as lossy compression leaves it alone."""

    def assertColour(self, image, point, colour, delta=8):
        found = image.getpixel(point)
        off = [abs(one - other) for one, other in zip(found, colour, strict=False)]
        self.assertTrue(len(found) >= len(colour) and max(off) <= delta, f"{found} at {point}, not {colour}")

    def assertRefused(self, code, content, name="photo.jpg"):
        with self.assertRaises(ValidationError) as caught:
            normalising.normalise(content if isinstance(content, File) else ContentFile(content, name=name))
        self.assertEqual(caught.exception.code, code, caught.exception.__cause__)
        return caught.exception
