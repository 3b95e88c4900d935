"""
What does a photograph cost, against decoding all of it?

    python benchmarks/pictures.py [--rounds 15]

The picture is drawn here: 24 megapixels of sky, hills and leaves under the grain of a sensor, turned by EXIF; enlarged
it is that of a phone of 50 megapixels, and the shape of that size that needs the most memory.
``normalise`` takes turns with the straightforward way: decode the whole, turn, cut to the square, save as the same
kind of WebP.

Quality is the likeness to the straightforward square before it is saved: the peak signal-to-noise ratio, and the
structural similarity (Wang et al., 2004, doi:10.1109/TIP.2003.819861; here of the luma in blocks of 8 pixels). The
bytes of that square as WebP are compared with those of its smallest JPEG (Huffman tables optimised) that is as like.

Each figure of memory is by how much a process of its own grew at most (ru_maxrss) after it had met a small picture.
"""

import io
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from _setup import Verdict, configure, in_turns, memory, parser, versions

TIME, BYTES, MEGABYTES, MEGABYTES_PROGRESSIVE = 0.30, 0.7, 12, 76
DECIBELS = 0.5  # less than this is no difference
SIZE = (6000, 4000)
SENSOR = (5, 2)  # strengths of noise by the size of its grain: 1 pixel, 2, 4 and so on
LEAVES = (2, 3, 4, 5, 6, 7, 8, 9)
OURS, WHOLE = "normalise", "whole"
PLAIN, PROGRESSIVE = "plain.jpg", "progressive.jpg"
LARGER = {"large.jpg": (8160, 6120), "wide.jpg": (10_200, 4780)}
CHILD = """
import io, resource, sys
sys.path[:0] = ["benchmarks", "."]
import pictures
from PIL import Image
pictures.configure(None)
way = {pictures.OURS: pictures.ours, pictures.WHOLE: pictures.whole}[sys.argv[1]]
small = io.BytesIO()
Image.new("RGB", (900, 600)).save(small, "JPEG")
with open(sys.argv[2], "rb") as file:
    content = file.read()
way(small.getvalue())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
way(content)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def draw():
    """Return a landscape as a camera would see it: a smooth sky, hills with leaves, trunks, a grain over all of it."""
    from PIL import Image, ImageChops, ImageDraw

    chance = random.Random(24)
    width, height = SIZE
    sky = Image.linear_gradient("L").resize(SIZE)
    image = Image.merge("RGB", [sky.point(lambda level, to=to: to + level // 5) for to in (110, 150, 190)])
    for depth, colour in enumerate(((120, 140, 150), (90, 110, 80), (70, 90, 50), (100, 85, 60))):
        ridge = [(width * step / 40, height * (0.3 + depth * 0.15 + chance.random() * 0.08)) for step in range(41)]
        hill = Image.new("L", SIZE)
        ImageDraw.Draw(hill).polygon([(0, height), *ridge, (width, height)], fill=255)
        leaves = grain([strength * (depth + 1) / 2 for strength in LEAVES])
        image.paste(ImageChops.add(Image.new("RGB", SIZE, colour), leaves, offset=-128), mask=hill)
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, length = chance.randrange(width), chance.randrange(height // 2, height), chance.randrange(200, 1500)
        colour = tuple(chance.randrange(20, 70) for _ in range(3))
        pen.line([x, y, x + chance.randrange(-90, 90), y - length], fill=colour, width=chance.randrange(10, 60))
    return ImageChops.add(image, grain(SENSOR), offset=-128)


def grain(strengths):
    """Return grey noise with grains of 1, 2, 4 pixels and so on, each of a strength."""
    from PIL import Image, ImageChops

    total = Image.new("L", SIZE, 128)
    for octave, strength in enumerate(strengths):
        noise = Image.effect_noise((SIZE[0] >> octave, SIZE[1] >> octave), strength)
        total = ImageChops.add(total, noise.resize(SIZE, Image.Resampling.BICUBIC), offset=-128)
    return Image.merge("RGB", [total] * 3)


def save(image, folder):
    """Save a picture as a camera does that is held on its side, also as a progressive JPEG and enlarged."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    for name, progressive in ((PLAIN, False), (PROGRESSIVE, True)):
        image.save(folder / name, quality=90, exif=exif, progressive=progressive)
    for name, size in LARGER.items():
        image.resize(size, Image.Resampling.BICUBIC).save(folder / name, quality=90, exif=exif)


def ours(content):
    """Return what the project stores."""
    from django.core.files.base import ContentFile

    from users.pictures.normalising import normalise

    return normalise(ContentFile(content)).read()


def whole_square(content):
    """Return the square that the straightforward way makes, before it is saved."""
    from PIL import Image, ImageOps

    from users.pictures.normalising import SIDE

    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return ImageOps.fit(ImageOps.exif_transpose(image), (SIDE, SIDE), Image.Resampling.LANCZOS)


def whole(content):
    """Return what the straightforward way stores."""
    from users.pictures.normalising import METHOD, QUALITY

    stored = io.BytesIO()
    whole_square(content).save(stored, "WEBP", quality=QUALITY, method=METHOD)
    return stored.getvalue()


def signal_to_noise(image, reference):
    """Return the peak signal-to-noise ratio of two pictures, in decibels."""
    from PIL import ImageChops, ImageStat

    squares = ImageStat.Stat(ImageChops.difference(image, reference)).sum2
    mean = sum(squares) / (len(squares) * image.width * image.height)
    return 10 * math.log10(255**2 / mean) if mean else math.inf


def similarity(image, reference, block=8):
    """Return the structural similarity of two pictures: the mean over blocks, 1 if they are equal."""
    from PIL import ImageMath

    first, second = (picture.convert("L").convert("F") for picture in (image, reference))

    def means(expression):
        return ImageMath.lambda_eval(expression, a=first, b=second).reduce(block).get_flattened_data()

    total, count = 0, 0
    rows = zip(
        means(lambda of: of["a"] * 1),
        means(lambda of: of["b"] * 1),
        means(lambda of: of["a"] * of["a"]),
        means(lambda of: of["b"] * of["b"]),
        means(lambda of: of["a"] * of["b"]),
        strict=True,
    )
    for a, b, aa, bb, ab in rows:
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        total += (2 * a * b + c1) * (2 * (ab - a * b) + c2) / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2))
        count += 1
    return total / count


def jpeg_as_good(reference, measure, wanted):
    """Return quality and bytes of the smallest JPEG of a picture for which a measure is as high as wanted."""
    from PIL import Image

    for quality in range(40, 100):
        content = io.BytesIO()
        reference.save(content, "JPEG", quality=quality, optimize=True)
        if measure(Image.open(content).convert("RGB"), reference) >= wanted:
            return quality, len(content.getvalue())
    raise ValueError(f"No JPEG reaches {wanted}.")


def compare_time(verdict, content, rounds):
    """Measure how long the two ways take."""
    taken = in_turns({OURS: lambda: ours(content), WHOLE: lambda: whole(content)}, rounds)
    print(f"{OURS} {taken[OURS] * 1e3:.0f} ms, {WHOLE} {taken[WHOLE] * 1e3:.0f} ms")
    verdict.at_most("time, ratio", taken[OURS] / taken[WHOLE], TIME)


def compare_quality(verdict, content):
    """Measure how like the picture is to one that was never saved, and how large a JPEG as good would be."""
    from PIL import Image

    reference = whole_square(content)
    decibels = {}
    for way, stored in ((OURS, ours(content)), (WHOLE, whole(content))):
        image = Image.open(io.BytesIO(stored)).convert("RGB")
        decibels[way], similar = signal_to_noise(image, reference), similarity(image, reference)
        print(f"{way}: {decibels[way]:.2f} dB, similarity {similar:.4f}, {len(stored)} bytes")
    verdict.at_most("decibels below the straightforward way", decibels[WHOLE] - decibels[OURS], DECIBELS)
    # The bytes are those of the WebP of the reference: the same picture as the JPEG's.
    for text, measure in (("similarity", similarity), ("signal-to-noise ratio", signal_to_noise)):
        quality, size = jpeg_as_good(reference, measure, measure(image, reference))
        print(f"JPEG of the same {text}: quality {quality}, {size} bytes, ratio {len(stored) / size:.2f}")
    verdict.at_most("bytes at the same signal-to-noise ratio, ratio", len(stored) / size, BYTES)


def compare_memory(verdict, folder):
    """Measure the memory of the two ways."""
    for name, limit in {
        PLAIN: MEGABYTES,
        **dict.fromkeys(LARGER, MEGABYTES),
        PROGRESSIVE: MEGABYTES_PROGRESSIVE,
    }.items():
        path = Path(folder, name)
        print(f"{name}: {WHOLE} {memory(CHILD, WHOLE, path):.0f} MB more")
        verdict.at_most(f"{name}: {OURS}, memory", memory(CHILD, OURS, path), limit, " MB")


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--draw", metavar="FOLDER", help="only draw the picture")
    options = options.parse_args()
    if options.draw:
        return save(draw(), Path(options.draw))
    configure(None)
    import PIL

    print(f"{versions()}, Pillow {PIL.__version__}")
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: drawing leaves much memory to this one, which would make decoding faster.
        subprocess.run([sys.executable, __file__, "--draw", folder], check=True)
        for name, (width, height) in {PLAIN: SIZE, **LARGER}.items():
            content = Path(folder, name).read_bytes()
            print(f"{name}: {width * height / 1e6:.0f} megapixels, {len(content) / 1e6:.1f} MB")
            compare_time(verdict, content, options.rounds)
            compare_quality(verdict, content)
        compare_memory(verdict, folder)
    verdict.exit()


if __name__ == "__main__":
    main()
