"""
The pixels of a PNG or GIF as channels that can be resampled, transparency among them.

Palettes and 16-bit greys can't be, nor a colour that stands for transparency: resampling makes others of it. Nor does
Pillow convert all of them: it compares such a colour with what is left of the pixels after it has made 8 bits of them,
be there fewer or more in the file.
"""

from functools import reduce

from PIL import Image, ImageChops

STEPS = {"L;2": 85, "L;4": 17}  # between the levels that Pillow makes of greys of 2 and 4 bits
DEEPEST = 0xFFFF


def can_be_resampled(image, power):
    """Tell whether the pixels are channels already, and to be shown as they are."""
    return power == 1 and image.mode in ("RGB", "RGBA", "L", "LA", "CMYK") and "transparency" not in image.info


def resamplable(image, box, power):
    """
    Return a part of a picture in L, LA, RGB or RGBA. Greys stay grey: a profile of theirs is one of greys.

    Args:
        image (ImageFile): opened, and not loaded yet.
        box (tuple): left, upper, right and lower edge.
        power (float): what levels from 0 to 1 are raised to, to be those of sRGB; see ``colours.power``.
    """
    if image.mode == "I;16":
        return _deep_grey(image.crop(box).convert("I"), image.info.get("transparency"), power)
    raw, clear = raw_mode(image), image.info.get("transparency")
    if raw == "RGB;16B" and clear is not None:
        part = _deep_colour(image, box, clear)
    else:
        if raw in STEPS and clear is not None:
            image.info["transparency"] = (clear & 255 // STEPS[raw]) * STEPS[raw]
        part = image.crop(box)
        colours = "L" if part.mode in ("1", "L", "LA") else "RGB"
        part = part.convert(f"{colours}A" if part.has_transparency_data else colours)
    if power == 1:
        return part
    table = _table(255, power)
    bands = len(part.getbands())
    return part.point(table * (bands - 1) + [*range(256)] if part.mode.endswith("A") else table * bands)


def raw_mode(image):
    """Return how the pixels lie in the file, in Pillow's words."""
    return str(image.tile[0].args) if image.tile else ""


def _table(deepest, power):
    return [round(255 * (level / deepest) ** power) for level in range(deepest + 1)]


def _deep_grey(part, clear, power):
    grey = part.point(_table(DEEPEST, power), "L")
    if clear is None:
        return grey
    opaque = [255] * (DEEPEST + 1)
    opaque[clear] = 0
    return Image.merge("LA", (grey, part.point(opaque, "L")))


def _deep_colour(image, box, clear):
    """Read the pixels twice: Pillow's way to read 16 bits of the other end keeps the lower eight."""
    with Image.open(image.fp, formats=("PNG",)) as low:
        low.tile = [low.tile[0]._replace(args="RGB;16L")]
        low = low.crop(box)
    part = image.crop(box)
    tables = [
        [0 if level == wanted else 255 for level in range(256)]
        for wanted in (*(level >> 8 for level in clear), *(level & 0xFF for level in clear))
    ]
    bands = [band.point(table) for band, table in zip((*part.split(), *low.split()), tables, strict=True)]
    part.putalpha(reduce(ImageChops.lighter, bands))
    return part
