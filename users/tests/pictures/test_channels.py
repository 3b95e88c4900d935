"""Whatever mode a picture has, what is transparent in it is transparent in the one that is stored."""

from PIL import Image

from users.tests.pictures.samples import ORANGE, PictureTestCase, encoded, normalised, plain, png, quarters

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6  # types of PNG
CLEAR, OPAQUE = (16, 256), (496, 256)  # points of the picture that is stored


class ChannelsTests(PictureTestCase):
    def test_transparency_is_kept(self):
        half = quarters().convert("RGBA")
        half.paste((0, 0, 0, 0), (0, 0, 300, 600))
        palette = Image.new("P", (600, 600), 0)
        palette.putpalette([1, 2, 3, *ORANGE])
        palette.paste(1, (300, 0, 600, 600))
        level = Image.new("L", (600, 600), 7)
        level.paste(120, (300, 0, 600, 600))
        colour = plain(size=(600, 600), colour=(1, 2, 3))
        colour.paste(ORANGE, (300, 0, 600, 600))
        bits = Image.new("1", (600, 600), 0)
        bits.paste(1, (300, 0, 600, 600))
        cases = {
            "PNG RGBA": encoded(half, "PNG"),
            "WebP RGBA": encoded(half, "WEBP"),
            "PNG LA": encoded(half.convert("LA"), "PNG"),
            "PNG P, one colour": encoded(palette, "PNG", transparency=0),
            "PNG P, levels": encoded(palette, "PNG", transparency=b"\0\xff"),
            "GIF": encoded(palette, "GIF", transparency=0),
            "PNG L, one level": encoded(level, "PNG", transparency=7),
            "PNG RGB, one colour": encoded(colour, "PNG", transparency=(1, 2, 3)),
            "PNG 1": encoded(bits, "PNG", transparency=0),
        }
        for label, content in cases.items():
            with self.subTest(label):
                image = normalised(content)
                self.assertEqual(image.mode, "RGBA")
                self.assertEqual([image.getpixel((x, 300))[3] for x in (5, 200, 320, 500)], [0, 0, 255, 255])

    def test_a_transparent_colour_is_found_before_pixels_are_mixed(self):
        # Stripes of black, which is transparent, and white. Mixed first, they are a grey that is transparent nowhere.
        stripes = Image.new("L", (2048, 2048), 0)
        for x in range(0, 2048, 2):
            stripes.paste(255, (x, 0, x + 1, 2048))
        image = normalised(encoded(stripes, "PNG", transparency=0))
        self.assertColour(image, (256, 256), (255, 255, 255, 128))

    def test_every_mode_of_png_keeps_its_transparency(self):
        """The colour beside the transparent one differs in the last bit, and Pillow may have dropped that."""
        clear, opaque = (0x1234, 0x5678, 0x9ABC), (0x1234, 0x5678, 0x9ABD)
        palette = bytes((10, 20, 30, *ORANGE))
        cases = {
            (GREY, 1): ((0,), (1,), (255,) * 3),
            (GREY, 2): ((1,), (2,), (170,) * 3),
            (GREY, 4): ((7,), (8,), (136,) * 3),
            (GREY, 8): ((7,), (8,), (8,) * 3),
            (GREY, 16): ((0x1234,), (0x1235,), (18,) * 3),
            (COLOUR, 8): ((1, 2, 3), (1, 2, 4), (1, 2, 4)),
            (COLOUR, 16): (clear, opaque, (18, 86, 154)),
            (GREY_ALPHA, 8): ((120, 0), (120, 255), (120,) * 3),
            (GREY_ALPHA, 16): ((0x7878, 0), (0x7878, 0xFFFF), (120,) * 3),
            (COLOUR_ALPHA, 8): ((*ORANGE, 0), (*ORANGE, 255), ORANGE),
            (COLOUR_ALPHA, 16): ((*clear, 0), (*opaque, 0xFFFF), (18, 86, 154)),
        }
        cases |= {(PALETTE, depth): ((0,), (1,), ORANGE) for depth in (1, 2, 4, 8)}
        self.assertEqual(len(cases), 15)  # all that there are
        for (kind, depth), (left, right, colour) in cases.items():
            transparent = {GREY: left, COLOUR: left, PALETTE: b"\0"}.get(kind)
            for interlaced in (False, True):
                with self.subTest(kind=kind, depth=depth, interlaced=interlaced):
                    rows = [[left] * 8 + [right] * 8] * 16
                    image = normalised(png(kind, depth, rows, palette, transparent, interlaced=interlaced))
                    self.assertEqual(image.mode, "RGBA")
                    self.assertEqual(image.getpixel(CLEAR)[3], 0)
                    self.assertColour(image, OPAQUE, (*colour, 255))

    def test_without_a_transparent_colour_nothing_is_transparent(self):
        for kind, depth, level in ((GREY, 2, (1,)), (GREY, 16, (0x1234,)), (COLOUR, 16, (0x1234, 0, 0))):
            with self.subTest(kind=kind, depth=depth):
                self.assertEqual(normalised(png(kind, depth, [[level] * 16] * 16)).mode, "RGB")

    def test_levels_of_a_palette_are_kept(self):
        palette = bytes((10, 20, 30, *ORANGE))
        image = normalised(png(PALETTE, 4, [[(0,)] * 8 + [(1,)] * 8] * 16, palette, b"\x40\x80"))
        self.assertEqual([round(image.getpixel(point)[3], -1) for point in (CLEAR, OPAQUE)], [60, 130])

    def test_a_transparent_colour_that_the_depth_cannot_have_is_cut_to_it(self):
        """As libpng does: 0x0105 of 8 bits is 5, of 2 bits 1."""
        for depth, level, other in ((2, 1, 2), (8, 5, 90)):
            with self.subTest(depth=depth):
                image = normalised(png(GREY, depth, [[(level,)] * 8 + [(other,)] * 8] * 16, transparent=(0x0105,)))
                self.assertEqual([image.getpixel(point)[3] for point in (CLEAR, OPAQUE)], [0, 255])

    def test_the_middle_is_cut_from_16_bits_of_colour_too(self):
        clear, opaque = (0x1234, 0x5678, 0x9ABC), (0xC8C8, 0x6464, 0x3232)
        wide = [[opaque] * 16 + [clear] * 8 + [opaque] * 8 + [clear] * 16] * 16
        image = normalised(png(COLOUR, 16, wide, transparent=clear))
        self.assertEqual(image.getpixel(CLEAR)[3], 0)
        self.assertColour(image, OPAQUE, (*ORANGE, 255))
