"""Colours are those that a browser shows: the profile of the file, or its gamma, is applied before it is dropped."""

import io
import struct
import zlib

from PIL import Image

from users.pictures import colours
from users.tests.pictures.samples import (
    ADOBE_RGB,
    DISPLAY_P3,
    ORANGE,
    SRGB,
    PictureTestCase,
    encoded,
    grey_profile,
    icc_profile,
    normalised,
    plain,
    png,
    png_chunk,
)
from users.tests.pictures.test_channels import COLOUR, GREY, GREY_ALPHA, PALETTE

LINEAR = png_chunk(b"gAMA", struct.pack(">I", 100_000))
MIDDLE = (256, 256)


class ProfileTests(PictureTestCase):
    def test_colours_are_those_of_srgb(self):
        # What the matrices and curves of the standards make of ORANGE.
        expected = {"Display P3": (DISPLAY_P3, (215, 93, 31)), "Adobe RGB": (ADOBE_RGB, (227, 100, 42))}
        for label, (space, colour) in expected.items():
            profile = icc_profile(*space)
            for kind, mode in (("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")):
                with self.subTest(label, kind=kind, mode=mode):
                    image = normalised(encoded(plain(mode), kind, icc_profile=profile))
                    self.assertColour(image, (256, 256), colour, delta=5)

    def test_transparency_survives_a_profile(self):
        image = Image.new("RGBA", (600, 600), (*ORANGE, 128))
        image = normalised(encoded(image, "PNG", icc_profile=icc_profile(*DISPLAY_P3)))
        self.assertColour(image, (256, 256), (215, 93, 31, 128), delta=5)

    def test_a_profile_that_is_broken_or_of_another_space_is_left_out(self):
        for label, profile in (("broken", b"not a profile" * 20), ("cut", SRGB[:200]), ("empty", b"\0" * 128)):
            with self.subTest(label):
                self.assertColour(normalised(encoded(plain(), "PNG", icc_profile=profile)), (256, 256), ORANGE)
        grey = normalised(encoded(plain("LA"), "PNG", icc_profile=SRGB))
        self.assertColour(grey, (256, 256), (125, 125, 125))

    def test_a_profile_of_greys_counts_in_every_mode_of_grey(self):
        linear = grey_profile(1)  # a level of 125 of 255 is 185 in sRGB
        cases = {
            "JPEG L": encoded(plain("L"), "JPEG", icc_profile=linear),
            "PNG L": encoded(plain("L"), "PNG", icc_profile=linear),
            "PNG L, one level transparent": encoded(plain("L"), "PNG", icc_profile=linear, transparency=3),
            "PNG LA": encoded(plain("LA"), "PNG", icc_profile=linear),
            "PNG I;16": encoded(Image.new("I;16", (60, 60), 125 * 257), "PNG", icc_profile=linear),
        }
        for label, content in cases.items():
            with self.subTest(label):
                self.assertColour(normalised(content), MIDDLE, (185, 185, 185), delta=4)

    def test_a_profile_of_greys_is_none_for_colours(self):
        self.assertColour(normalised(encoded(plain(), "PNG", icc_profile=grey_profile(1))), MIDDLE, ORANGE)


class GammaTests(PictureTestCase):
    """The gAMA of a PNG is how its levels are to be shown, if it has nothing better; PNG, third edition, 13.13."""

    def shown(self, kind, depth, level, *chunks, **options):
        return normalised(png(kind, depth, [[level] * 8] * 8, chunks=b"".join(chunks), **options))

    def test_a_linear_picture_is_not_darker_than_a_browser_shows_it(self):
        light = round(255 * (64 / 255) ** (1 / 2.2))  # 136
        cases = {
            "grey": (GREY, 8, (64,)),
            "grey of 4 bits": (GREY, 4, (4,)),
            "grey of 16 bits": (GREY, 16, (64 * 257,)),
            "colour": (COLOUR, 8, (64, 64, 64)),
            "colour of 16 bits": (COLOUR, 16, (64 * 257,) * 3),
            "palette": (PALETTE, 8, (0,)),
        }
        for label, case in cases.items():
            with self.subTest(label):
                image = self.shown(*case, LINEAR, palette=bytes((64, 64, 64)))
                self.assertColour(image, MIDDLE, (light,) * 3, delta=5)

    def test_the_lowest_of_16_bits_are_seen(self):
        dark = self.shown(GREY, 16, (0x00FF,), LINEAR)
        self.assertColour(dark, MIDDLE, (20, 20, 20), delta=3)

    def test_transparency_has_no_gamma(self):
        for kind, level in ((GREY_ALPHA, (64, 100)), (6, (64, 64, 64, 100))):
            with self.subTest(kind):
                self.assertColour(self.shown(kind, 8, level, LINEAR), MIDDLE, (136, 136, 136, 100), delta=5)

    def test_what_is_better_than_a_gamma_is_followed(self):
        profile = png_chunk(b"iCCP", b"a\0\0" + zlib.compress(icc_profile(*DISPLAY_P3)))
        self.assertColour(self.shown(COLOUR, 8, ORANGE, LINEAR, profile), MIDDLE, (215, 93, 31), delta=5)
        says_srgb = png_chunk(b"sRGB", b"\0")
        self.assertColour(self.shown(COLOUR, 8, ORANGE, LINEAR, says_srgb), MIDDLE, ORANGE)

    def test_a_broken_profile_leaves_the_gamma(self):
        broken = png_chunk(b"iCCP", b"a\0\0" + zlib.compress(b"not a profile" * 20))
        self.assertColour(self.shown(GREY, 8, (64,), LINEAR, broken), MIDDLE, (136, 136, 136), delta=5)

    def test_the_usual_gamma_and_those_that_make_no_sense_change_nothing(self):
        for gamma in (45_455, 45_000, 0, 1, 2**31 - 1):
            with self.subTest(gamma):
                chunk = png_chunk(b"gAMA", struct.pack(">I", gamma))
                with Image.open(io.BytesIO(png(COLOUR, 8, [[ORANGE]], chunks=chunk))) as image:
                    self.assertEqual(colours.power(image), 1)
                self.assertColour(self.shown(COLOUR, 8, ORANGE, chunk), MIDDLE, ORANGE)

    def test_a_text_that_is_called_gamma_is_none(self):
        text = png_chunk(b"tEXt", b"gamma\x001.0")
        self.assertColour(self.shown(COLOUR, 8, ORANGE, text), MIDDLE, ORANGE)
