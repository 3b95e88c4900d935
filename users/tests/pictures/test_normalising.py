"""Uploads: what is accepted, what is refused, and what is stored of it. The content decides, never the name."""

import io
import os
import random
import struct
import tempfile
import warnings
import zlib
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.storage import Storage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from PIL import Image, JpegImagePlugin, PngImagePlugin

from users.forms import ProfileUpdateForm
from users.models import Profile
from users.pictures import normalising
from users.pictures.uploads import CappedFileUploadHandler
from users.tests.pictures.samples import (
    COLOURS,
    DISPLAY_P3,
    MARK,
    ORANGE,
    SRGB,
    PictureTestCase,
    chunks,
    encoded,
    icc_profile,
    jpeg_header,
    normalised,
    plain,
    png,
    png_chunk,
    png_header,
    quarters,
)

User = get_user_model()

GAMMA = png_chunk(b"gAMA", struct.pack(">I", 100_000))


class AcceptedPicturesTests(PictureTestCase):
    """Four formats, with all that they can hold, become the one kind of file that is stored."""

    def test_all_formats_and_modes_become_a_square_webp(self):
        grey = (125, 125, 125)
        i16 = Image.new("I", (60, 60), 125 * 257).convert("I;16")
        cases = {
            "JPEG": encoded(plain(), "JPEG"),
            "JPEG progressive": encoded(plain(), "JPEG", progressive=True),
            "JPEG 4:4:4": encoded(plain(), "JPEG", subsampling=0),
            "JPEG L": (encoded(plain("L"), "JPEG"), grey),
            "JPEG CMYK": encoded(plain("CMYK"), "JPEG"),
            "JPEG CMYK progressive": encoded(plain("CMYK"), "JPEG", progressive=True),
            "JPEG CMYK with a profile of three colours": encoded(plain("CMYK"), "JPEG", icc_profile=SRGB),
            "JPEG of several pictures, as phones make": encoded(
                plain(), "MPO", save_all=True, append_images=[plain(colour=grey)]
            ),
            "PNG": encoded(plain(), "PNG"),
            "PNG RGBA": encoded(plain("RGBA"), "PNG"),
            "PNG L": (encoded(plain("L"), "PNG"), grey),
            "PNG LA": (encoded(plain("LA"), "PNG"), grey),
            "PNG P": encoded(plain("P"), "PNG"),
            "PNG 1": (encoded(plain(colour=(255, 255, 255)).convert("1"), "PNG"), (255, 255, 255)),
            "PNG I;16": (encoded(i16, "PNG"), grey),
            "PNG I;16 with a transparent level": (encoded(i16, "PNG", transparency=125), grey),
            "PNG interlaced": encoded(plain(), "PNG", interlace=1),
            "PNG animated": encoded(plain(), "PNG", save_all=True, append_images=[plain(colour=grey)]),
            "PNG animated, with a picture beside": encoded(
                plain(), "PNG", save_all=True, default_image=True, append_images=[plain(colour=grey)] * 2
            ),
            "WebP": encoded(plain(), "WEBP"),
            "WebP lossless": encoded(plain(), "WEBP", lossless=True),
            "WebP RGBA": encoded(plain("RGBA"), "WEBP"),
            "WebP animated": encoded(plain(), "WEBP", save_all=True, append_images=[plain(colour=grey)]),
            "GIF": encoded(plain("P"), "GIF"),
            "GIF L": (encoded(plain("L"), "GIF"), grey),
            "GIF interlaced": encoded(plain("P"), "GIF", interlace=1),
            "GIF animated": encoded(plain("P"), "GIF", save_all=True, append_images=[plain("P", colour=grey)]),
        }
        for label, case in cases.items():
            with self.subTest(label):
                content, colour = case if isinstance(case, tuple) else (case, ORANGE)
                image = normalised(content)
                self.assertEqual((image.format, image.mode, image.size), ("WEBP", "RGB", (512, 512)))
                self.assertFalse(getattr(image, "is_animated", False))
                for point in ((0, 0), (256, 256), (511, 511)):
                    self.assertColour(image, point, colour)

    def test_the_name_and_the_type_of_the_upload_mean_nothing(self):
        for name in ("photo.exe", "photo.svg", "photo", ".png", "../../photo.html", "x" * 300, None):
            with self.subTest(name):
                picture = normalising.normalise(SimpleUploadedFile(name, encoded(plain(), "PNG"), "text/html"))
                self.assertRegex(picture.name, r"\A[0-9a-f]{32}\.webp\Z")

    def test_two_uploads_of_one_picture_have_two_names(self):
        content = encoded(plain(), "PNG")
        first, second = (normalising.normalise(ContentFile(content)) for _ in range(2))
        self.assertNotEqual(first.name, second.name)
        self.assertEqual(first.read(), second.read())

    def test_the_square_is_cut_from_the_middle(self):
        for size, box in (((1200, 400), (400, 0, 800, 400)), ((400, 1200), (0, 400, 400, 800))):
            for kind in ("JPEG", "PNG", "GIF", "WEBP"):
                with self.subTest(kind, size=size):
                    image = plain(size=size, colour=(255, 255, 255))
                    image.paste(ORANGE, box)
                    image = normalised(encoded(image, kind))
                    for point in ((6, 6), (505, 6), (6, 505), (505, 505), (256, 256)):
                        self.assertColour(image, point, ORANGE, delta=16)

    def test_a_small_picture_is_enlarged(self):
        for size in ((1, 1), (2, 3), (511, 513)):
            with self.subTest(size):
                image = normalised(encoded(plain(size=size), "PNG"))
                self.assertEqual(image.size, (512, 512))
                self.assertColour(image, (256, 256), ORANGE)

    def test_a_thread_of_pixels_is_a_picture_of_its_middle(self):
        for size in ((40_000, 1), (1, 40_000), (40_000, 2), (7, 2)):
            for mode, kind in (
                ("RGB", "JPEG"),
                ("RGB", "PNG"),
                ("RGBA", "PNG"),
                ("P", "PNG"),
                ("LA", "PNG"),
                ("P", "GIF"),
            ):
                with self.subTest(kind, mode=mode, size=size):
                    image = normalised(encoded(plain(mode, size), kind))
                    self.assertEqual((image.mode, image.size), ("RGB", (512, 512)))
                    self.assertColour(image, (256, 256), (125, 125, 125) if mode == "LA" else ORANGE)

    def test_a_picture_is_turned_as_the_camera_was_held(self):
        seen = {  # which of the four colours of the file is shown in each quarter
            1: (0, 1, 2, 3),
            2: (1, 0, 3, 2),
            3: (3, 2, 1, 0),
            4: (2, 3, 0, 1),
            5: (0, 2, 1, 3),
            6: (2, 0, 3, 1),
            7: (3, 1, 2, 0),
            8: (1, 3, 0, 2),
        }
        for orientation, order in seen.items():
            exif = Image.Exif()
            exif[0x0112] = orientation
            # The last is so large that it is decoded at a fraction.
            for kind, size in (
                ("JPEG", (600, 600)),
                ("PNG", (640, 600)),
                ("WEBP", (600, 640)),
                ("JPEG", (2400, 1600)),
            ):
                with self.subTest(orientation=orientation, kind=kind, size=size):
                    image = normalised(encoded(quarters(size), kind, exif=exif))
                    points = ((128, 128), (384, 128), (128, 384), (384, 384))
                    for point, number in zip(points, order, strict=True):
                        self.assertColour(image, point, COLOURS[number], delta=12)

    def test_nonsense_about_the_orientation_changes_nothing(self):
        upright = normalised(encoded(quarters(), "PNG")).tobytes()
        for value in (0, 9, 65535):
            exif = Image.Exif()
            exif[0x0112] = value
            with self.subTest(value):
                self.assertEqual(normalised(encoded(quarters(), "PNG", exif=exif)).tobytes(), upright)
        for label, exif in (("text", b"Exif\0\0" + b"nonsense" * 9), ("cut", b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01")):
            for kind in ("JPEG", "PNG", "WEBP"):
                with self.subTest(label, kind=kind), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self.assertColour(normalised(encoded(quarters(), kind, exif=exif)), (128, 128), COLOURS[0])

    def test_nothing_but_the_pixels_is_stored(self):
        exif = Image.Exif()
        exif[0x010E] = exif[0x013B] = MARK  # description, artist
        exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0), 29: MARK})  # place and date
        xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>{MARK}</a></x:xmpmeta>'.encode()
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", MARK)
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        profile = icc_profile(*DISPLAY_P3)
        cases = {
            "JPEG": encoded(plain(), "JPEG", exif=exif, xmp=xmp, icc_profile=profile, comment=MARK),
            "PNG": encoded(plain(), "PNG", exif=exif, pnginfo=text, icc_profile=profile),
            "PNG RGBA": encoded(plain("RGBA"), "PNG", exif=exif, pnginfo=text, icc_profile=profile),
            "WebP": encoded(plain(), "WEBP", exif=exif, xmp=xmp, icc_profile=profile),
            "GIF": encoded(plain("P"), "GIF", comment=MARK),
        }
        for label, content in cases.items():
            with self.subTest(label):
                picture = normalising.normalise(ContentFile(content + f"<script>{MARK}</script>".encode()))
                stored = picture.read()
                self.assertNotIn(MARK.encode(), stored)
                self.assertNotIn(MARK.encode("utf-16-be"), stored)
                self.assertEqual(self.chunks(stored), [b"VP8 "])
                self.assertEqual({**Image.open(io.BytesIO(stored)).getexif()}, {})

    def chunks(self, content):
        """Return the names of the parts of a WebP file, which has to end with the last of them."""
        self.assertEqual((content[:4], content[8:12]), (b"RIFF", b"WEBP"))
        self.assertEqual(struct.unpack("<I", content[4:8])[0], len(content) - 8)
        at, names = 12, []
        while at < len(content):
            names.append(content[at : at + 4])
            length = struct.unpack("<I", content[at + 4 : at + 8])[0]
            at += 8 + length + length % 2
        return names

    def test_a_large_jpeg_is_decoded_at_a_fraction(self):
        sizes = []
        load = JpegImagePlugin.JpegImageFile.load_prepare

        def note(image):
            sizes.append(image.size)
            load(image)

        with mock.patch.object(JpegImagePlugin.JpegImageFile, "load_prepare", note):
            for exif in (b"", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"):
                normalised(encoded(plain(size=(6000, 4000)), "JPEG", exif=exif))
                normalised(encoded(plain("L", size=(6000, 4000)), "JPEG", exif=exif))
            normalised(encoded(plain(size=(2100, 2100)), "JPEG"))
        # Not below one and a half times of what is stored: the rest of the way is for the better filter.
        self.assertEqual(sizes, [(1500, 1000)] * 4 + [(1050, 1050)])

    def test_the_limits_themselves_are_accepted(self):
        content = encoded(plain(), "JPEG")
        content = content.ljust(normalising.MAX_BYTES, b"\0")
        self.assertEqual(normalised(content).size, (512, 512))
        self.assertEqual(normalised(encoded(plain("L", (normalising.MAX_SIDE, 3)), "PNG")).size, (512, 512))
        self.assertEqual(normalised(encoded(plain("L", (8000, 5000)), "PNG")).size, (512, 512))

    def test_pictures_of_many_parts_as_cameras_and_tools_write_them_are_accepted(self):
        large, marks = Image.effect_noise((1500, 1500), 200), b"\xff\xe2" + struct.pack(">H", 65_533) + bytes(65_531)
        png, jpeg = encoded(large, "PNG"), encoded(plain(), "JPEG")
        begin, end = png.index(b"IDAT") - 4, png.rindex(b"IEND") - 4
        data = zlib.compress(zlib.decompress(b"".join(chunks(png, b"IDAT"))), 1)
        small = b"".join(png_chunk(b"IDAT", data[at : at + 4096]) for at in range(0, len(data), 4096))
        cases = {
            "4 kB of pixels at a time": png[:begin] + small + png[end:],
            "a profile and a depth map": jpeg[:2] + marks * 100 + jpeg[2:],
            "ten scans": encoded(plain(size=(6000, 4000)), "JPEG", progressive=True),
        }
        for label, content in cases.items():
            with self.subTest(label):
                self.assertEqual(normalised(content).size, (512, 512))


class RefusedPicturesTests(PictureTestCase):
    """Whatever is no picture, too large or broken is refused with a sentence, before it costs anything."""

    def test_other_kinds_of_files_are_refused_whatever_their_name(self):
        svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        cases = {kind: encoded(plain(), kind) for kind in ("BMP", "EPS", "ICO", "PDF", "PPM", "TIFF", "TGA")}
        cases |= {
            "text": b"Hello",
            "HTML": b"<!DOCTYPE html><p>",
            "SVG": svg.encode(),
            "empty": b"",
            "NUL": b"\0" * 99,
        }
        cases |= {
            "TIFF, LZW": encoded(plain(), "TIFF", compression="tiff_lzw"),
            "EPS head": b"%!PS-Adobe-3.0 EPSF-3.0\n",
        }
        for label, content in cases.items():
            for name in ("photo.png", "photo.jpg"):
                with self.subTest(label, name=name):
                    error = self.assertRefused("not_a_picture", content, name)
                    self.assertIn("JPEG, PNG, WebP or GIF", error.messages[0])

    def test_what_phones_send_and_is_not_read_is_refused_by_its_name(self):
        def box(*brands):
            return struct.pack(">I4s4sI", 16 + 4 * len(brands[1:]), b"ftyp", brands[0], 0) + b"".join(brands[1:])

        cases = {
            "a HEIC of a phone": ("HEIC", box(b"heic", b"mif1", b"MiHB", b"MiPr", b"miaf", b"heic")),
            "a HEIC that says it second": ("HEIC", box(b"mif1", b"mif1", b"heic")),
            "a burst": ("HEIC", box(b"msf1", b"msf1", b"hevc")),
            "another HEIF": ("HEIF", box(b"mif1", b"miaf")),
            "an AVIF": ("AVIF", encoded(plain(), "AVIF")),
            "an AVIF that says it second": ("AVIF", box(b"mif1", b"miaf", b"avif")),
            "one of too many bytes": ("HEIC", box(b"heic", b"mif1").ljust(normalising.MAX_BYTES + 1, b"\0")),
        }
        for label, (kind, content) in cases.items():
            with self.subTest(label):
                error = self.assertRefused("not_a_picture", content, "IMG_0001.jpg")
                self.assertEqual(
                    error.messages,
                    [
                        f"{kind} pictures can't be read here; your phone can send a JPEG. "
                        "Please choose a JPEG, PNG, WebP or GIF file."
                    ],
                )
        for label, content in {"a film": box(b"isom", b"mp42"), "a cut box": b"\0\0\0\x20ftyp"}.items():
            with self.subTest(label):
                error = self.assertRefused("not_a_picture", content, "IMG_0001.heic")
                self.assertIn("This is not a picture that can be read.", error.messages[0])

    def test_no_other_decoder_sees_the_file(self):
        Image.init()
        others = {kind: mock.Mock() for kind in Image.OPEN if kind not in ("JPEG", "PNG", "WEBP", "GIF")}
        self.assertIn("EPS", others)
        opened = {kind: (spy, lambda prefix: True) for kind, spy in others.items()}
        with mock.patch.dict(Image.OPEN, opened):
            self.assertRefused("not_a_picture", encoded(plain(), "EPS"))
            self.assertRefused("not_a_picture", b"%!PS-Adobe-3.0 EPSF-3.0\n")
            self.assertRefused("not_a_picture", encoded(plain(), "TIFF"))
        self.assertEqual([kind for kind, spy in others.items() if spy.called], [])

    def test_too_many_pixels_are_refused_before_any_is_decoded(self):
        gif = bytearray(encoded(plain("P"), "GIF"))
        gif[6:10] = struct.pack("<HH", 65535, 65535)
        webp = bytearray(encoded(plain("RGBA"), "WEBP", lossless=True))
        webp[21:25] = struct.pack("<I", 16382 | 16382 << 14)
        cases = {
            "PNG of 169 megapixels": png_header(13_000, 13_000),
            "PNG just over": png_header(8000, 5001),
            "PNG one pixel over": png_header(40_000_001, 1),
            "PNG of 4 terapixels": png_header(2_000_000, 2_000_000),
            "PNG as wide as can be": png_header(2**31 - 1, 1),
            "JPEG": jpeg_header(65_500, 65_500),
            "JPEG just over": jpeg_header(65_500, 611),
            "GIF": bytes(gif),
        }
        with mock.patch("PIL.ImageFile.ImageFile.load") as load, mock.patch("PIL.Image.Image.resize") as resize:
            for label, content in cases.items():
                with self.subTest(label):
                    self.assertLess(len(content), 2000)
                    error = self.assertRefused("too_many_pixels", content)
                    self.assertIn("40 megapixels", error.messages[0])
        load.assert_not_called()
        resize.assert_not_called()
        with self.assertRaises(ValidationError):  # Pillow finds the lie of this one while it opens it
            normalising.normalise(ContentFile(bytes(webp)))

    def test_bombs_are_refused_whether_warnings_are_errors_or_not(self):
        for action in ("error", "ignore"):
            with self.subTest(action), warnings.catch_warnings():
                warnings.simplefilter(action)
                self.assertRefused("too_many_pixels", png_header(13_000, 13_000))
                self.assertRefused("too_many_pixels", png_header(50_000, 50_000))

    def test_a_picture_that_is_too_long_is_refused_before_any_pixel_is_decoded(self):
        # 40 million rows of one pixel take 80 kB as a file and 350 MB decoded.
        with mock.patch("PIL.ImageFile.ImageFile.load") as load:
            for size in ((1, 40_000_000), (40_000_000, 1), (1, normalising.MAX_SIDE + 1)):
                with self.subTest(size):
                    self.assertRefused("too_long", png_header(*size))
        load.assert_not_called()

    def test_a_text_that_inflates_without_end_is_refused(self):
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "a" * 50_000_000, zip=True)
        content = encoded(plain(), "PNG", pnginfo=text)
        self.assertLess(len(content), 100_000)
        self.assertRefused("broken_picture", content)

    def test_too_many_bytes_are_refused_unread(self):
        class Huge(File):
            size = normalising.MAX_BYTES + 1

        with mock.patch("PIL.Image.open") as opened:
            error = self.assertRefused("too_many_bytes", Huge(io.BytesIO(encoded(plain(), "JPEG"))))
            self.assertEqual(error.messages, ["The picture is larger than 25 MB."])
            error = self.assertRefused("too_many_bytes", bytes(normalising.MAX_BYTES_OF_OTHERS + 1))
            self.assertEqual(error.messages, ["The picture is larger than 10 MB."])
        opened.assert_not_called()

    def test_a_picture_of_nothing_but_small_parts_is_refused_before_they_are_read(self):
        """Each costs Pillow some microseconds of Python, and a few kinds cost more the more there are."""
        jpeg, png, gif = encoded(plain(), "JPEG"), encoded(plain(), "PNG"), encoded(plain("P"), "GIF")
        colours = 13 + 3 * (2 << (gif[10] & 7))
        small = normalising.READS_TO_OPEN
        cases = {
            "JPEG, Exif": jpeg[:2] + b"\xff\xe1\0\x08Exif\0\0" * small + jpeg[2:],
            "JPEG, comments": jpeg[:2] + b"\xff\xfe\0\x02" * small + jpeg[2:],
            "JPEG, filling": jpeg[:2] + b"\xff" * small + jpeg[2:],
            "PNG, before the pixels": png[:33] + png_chunk(b"prIv", b"") * small + png[33:],
            "PNG, behind them": png[:-12] + png_chunk(b"prIv", b"") * normalising.READS_IN_ALL + png[-12:],
            "GIF, a comment": gif[:colours] + b"\x21\xfe" + b"\x01a" * small + b"\0" + gif[colours:],
            "GIF, comments": gif[:colours] + b"\x21\xfe\x01a\0" * small + gif[colours:],
        }
        for label, content in cases.items():
            with self.subTest(label):
                error = self.assertRefused("too_many_parts", content)
                self.assertIn("Please save it anew", error.messages[0])

    def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_refused_before_any_is_decoded(self):
        content = encoded(Image.new("L", (6300, 6300), 128), "JPEG", progressive=True)
        scan = content[content.rindex(b"\xff\xda") : -2]
        with mock.patch.object(JpegImagePlugin.JpegImageFile, "load", side_effect=AssertionError):
            self.assertRefused("too_many_parts", content[:-2] + scan * 20 + b"\xff\xd9")

    def test_what_costs_twice_may_have_half_the_pixels(self):
        frames = [Image.new("RGB", (6300, 6300), colour) for colour in ("black", "white")]
        animated = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, method=0)
        self.assertRefused("too_many_pixels", animated)
        self.assertRefused("too_many_pixels", encoded(Image.new("I;16", (6300, 6300)), "PNG"))
        self.assertEqual(normalised(encoded(Image.new("I;16", (160, 1600)), "PNG")).size, (512, 512))

    def test_truncated_files_are_refused(self):
        noise = Image.effect_noise((200, 200), 80)
        files = {kind: encoded(noise, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")}
        files["JPEG progressive"] = encoded(noise, "JPEG", progressive=True)
        for label, content in files.items():
            for part in (0.3, 0.5, 0.9):
                with self.subTest(label, part=part):
                    error = self.assertRefused("broken_picture", content[: int(len(content) * part)])
                    self.assertEqual(error.messages, ["The picture is broken or incomplete."])

    def test_a_broken_header_is_refused(self):
        for kind in ("JPEG", "PNG", "WEBP", "GIF"):
            content = encoded(plain(), kind)
            for label, broken in (("cut", content[:20]), ("emptied", content[:12] + b"\xff" * (len(content) - 12))):
                with self.subTest(kind, label=label), self.assertRaises(ValidationError) as caught:
                    normalising.normalise(ContentFile(broken))
                self.assertIn(caught.exception.code, {"not_a_picture", "broken_picture"})

    def test_a_picture_without_pixels_is_refused(self):
        for width, height in ((0, 0), (0, 5), (5, 0)):
            with self.subTest(width=width, height=height), self.assertRaises(ValidationError):
                normalising.normalise(ContentFile(png_header(width, height)))
        with self.assertRaises(ValidationError):
            normalising.normalise(ContentFile(jpeg_header(0, 0)))

    def test_a_file_that_was_read_before_is_read_from_the_start(self):
        file = ContentFile(encoded(plain(), "PNG"))
        file.read()
        self.assertColour(Image.open(normalising.normalise(file)), (9, 9), ORANGE)
        self.assertFalse(file.closed)


class MutatedPicturesTests(SimpleTestCase):
    """Random damage ends in a picture or in a sentence, never in another exception. The seed is fixed."""

    def setUp(self):
        small = mock.patch.object(normalising, "SIDE", 16)  # what is decoded matters, not what is made of it
        small.start()
        self.addCleanup(small.stop)

    def samples(self):
        noise = Image.effect_noise((40, 30), 80)
        exif = Image.Exif()
        exif[0x0112] = 6
        meta = {"exif": exif, "icc_profile": icc_profile(*DISPLAY_P3)}
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "text", zip=True)
        yield encoded(noise.convert("RGB"), "JPEG", **meta)
        yield encoded(noise.convert("CMYK"), "JPEG", progressive=True, **meta)
        yield encoded(noise, "MPO", save_all=True, append_images=[noise])
        yield encoded(noise.convert("RGBA"), "PNG", pnginfo=text, **meta)
        yield encoded(noise.convert("P"), "PNG", transparency=3, interlace=1)
        yield encoded(noise, "PNG", save_all=True, append_images=[noise.rotate(90)])
        yield encoded(noise.convert("I").convert("I;16"), "PNG")
        yield encoded(noise.convert("RGB"), "WEBP", **meta)
        yield encoded(noise.convert("RGBA"), "WEBP", lossless=True, **meta)
        yield encoded(noise, "WEBP", save_all=True, append_images=[noise.rotate(90)])
        levels = [[(level * 257,) for level in noise.crop((0, y, 40, y + 1)).tobytes()] for y in range(30)]
        yield png(0, 16, levels, transparent=(257 * 128,), interlaced=True)
        yield png(2, 16, [[level * 3 for level in row] for row in levels], transparent=(257 * 128,) * 3, chunks=GAMMA)
        yield png(0, 4, [[(level[0] >> 12,) for level in row] for row in levels], transparent=(3,), chunks=GAMMA)
        yield encoded(noise.convert("P"), "GIF", transparency=3)
        yield encoded(noise.convert("P"), "GIF", save_all=True, append_images=[noise.rotate(90).convert("P")])

    def mutated(self, content, chance):
        content = bytearray(content)
        if chance.random() < 0.3:  # most of what decides is at the beginning
            for _ in range(chance.randrange(1, 4)):
                content[chance.randrange(min(80, len(content)))] = chance.randrange(256)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(content))
            action = chance.randrange(8)
            if action == 0:
                del content[at : at + chance.randrange(1, 30)]
            elif action == 1:
                content[at:at] = chance.randbytes(chance.randrange(1, 30))
            elif action == 2:
                content[at : at + 4] = chance.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"])
            else:
                content[at] = chance.randrange(256)
            content = content or bytearray(b"\0")
        return bytes(content)

    def test_random_damage_never_ends_in_another_exception(self):
        chance = random.Random(20_26)
        outcomes = {"picture": 0, "refused": 0}
        for content in self.samples():
            self.assertEqual(normalised(content).size, (16, 16))
            for number in range(60):
                damaged = self.mutated(content, chance)
                with self.subTest(content[:12], number=number), warnings.catch_warnings():
                    warnings.simplefilter("error" if number % 2 else "ignore")
                    try:
                        picture = normalising.normalise(ContentFile(damaged, name="photo.jpg"))
                    except ValidationError:
                        outcomes["refused"] += 1
                    else:
                        self.assertEqual(Image.open(picture).size, (16, 16))
                        outcomes["picture"] += 1
        self.assertGreater(min(outcomes.values()), 50)  # both ends were reached


class RemoteStorage(Storage):
    """The least that Django asks of a storage: no paths, no times, as some remote ones are."""

    def __init__(self):
        self.files = {}

    def _open(self, name, mode="rb"):
        return ContentFile(self.files[name], name=name)

    def _save(self, name, content):
        self.files[name] = content.read()
        return name

    def exists(self, name):
        return name in self.files

    def delete(self, name):
        self.files.pop(name, None)

    def listdir(self, path):
        return [], [name.removeprefix(path) for name in self.files if name.startswith(path)]

    def url(self, name):
        return f"https://media.example.com/{name}"


class StoredPicturesMixin:
    """A user, and a storage for each test alone."""

    storage = f"{__name__}.RemoteStorage"

    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", "ada@example.com")

    def setUp(self):
        super().setUp()
        override = override_settings(STORAGES={**settings.STORAGES, "default": {"BACKEND": self.storage}})
        override.enable()
        self.addCleanup(override.disable)

    def stored(self):
        """Return the names of the files in the storage."""
        try:
            return sorted(f"pictures/{name}" for name in default_storage.listdir("pictures/")[1])
        except FileNotFoundError:
            return []

    def current(self):
        """Return the name of the user's picture, as the database has it."""
        return Profile.objects.get(user=self.user).image.name

    def send(self, upload, **fields):
        """Send a picture to the profile page."""
        self.client.force_login(self.user)
        data = {"username": "ada", "email": "ada@example.com", "image": upload, **fields}
        return self.client.post(reverse("profile"), data)

    def errors(self, response):
        """Return the codes of the errors of the picture on a page."""
        self.assertEqual(response.status_code, 200)
        return [error.code for error in response.context["profile_form"].errors["image"].as_data()]


class AssignedPicturesTests(StoredPicturesMixin, TestCase):
    """Code that assigns a file gets what a form gets, whatever kind of file it is."""

    def setUp(self):
        super().setUp()
        self.profile = Profile.objects.get(user=self.user)

    def test_the_storage_of_these_tests_has_no_paths(self):
        with self.assertRaises(NotImplementedError):
            default_storage.path("pictures/x.webp")

    def test_every_kind_of_file_is_normalised(self):
        content = encoded(quarters((700, 600)), "PNG")
        temporary = TemporaryUploadedFile("photo.png", "image/png", len(content), None)
        self.addCleanup(temporary.close)
        temporary.write(content)
        on_disk = tempfile.TemporaryFile()  # noqa: SIM115 - the cleanup closes it
        self.addCleanup(on_disk.close)
        on_disk.write(content)
        files = [
            ContentFile(content, name="photo.png"),
            SimpleUploadedFile("photo.png", content),
            File(io.BytesIO(content), name="photo.png"),
            ImageFile(io.BytesIO(content), name="photo.png"),
            File(on_disk, name="photo.png"),
            temporary,
        ]
        for file in files:
            with self.subTest(type(file).__name__):
                self.profile.image = file
                self.profile.save()
                self.profile.refresh_from_db()
                self.assertRegex(self.profile.image.name, r"\Apictures/[0-9a-f]{32}\.webp\Z")
                with default_storage.open(self.profile.image.name) as stored:
                    image = Image.open(stored)
                    self.assertEqual((image.format, image.size), ("WEBP", (512, 512)))

    def test_a_new_profile_takes_a_picture_too(self):
        user = User(username="bruno")
        user.profile = Profile(image=ContentFile(encoded(plain(), "GIF"), name="photo.gif"))
        user.save()
        self.assertRegex(Profile.objects.get(user=user).image.name, r"\Apictures/[0-9a-f]{32}\.webp\Z")
        self.assertEqual(len(self.stored()), 1)

    def test_every_other_way_to_store_one_is_a_way_to_store_pictures(self):
        """Neither of these sends ``pre_save`` with the class of profiles."""
        content = encoded(quarters((700, 600)), "PNG")

        def by_the_file():
            self.profile.image.save("My Photo.html", ContentFile(content))

        def by_bulk_create():
            user = User.objects.bulk_create([User(username="bruno")])[0]
            Profile.objects.bulk_create([Profile(user=user, image=ContentFile(content, name="raw.png"))])

        for store in (by_the_file, by_bulk_create):
            with self.subTest(store.__name__):
                before = self.stored()
                store()
                (name,) = {*self.stored()} - {*before}
                self.assertRegex(name, r"\Apictures/[0-9a-f]{32}\.webp\Z")
                with default_storage.open(name) as stored:
                    self.assertEqual(Image.open(stored).size, (512, 512))

    def test_garbage_in_the_file_stores_nothing(self):
        with self.assertRaises(ValidationError):
            self.profile.image.save("x.html", ContentFile(b"<script>"))
        self.assertEqual(self.stored(), [])

    def test_garbage_stores_nothing_and_changes_nothing(self):
        self.profile.image = ContentFile(encoded(plain(), "PNG"), name="photo.png")
        self.profile.save()
        name, stored = self.profile.image.name, self.stored()
        for save in ({}, {"update_fields": ["image"]}):
            with self.subTest(save):
                self.profile.image = ContentFile(b"GIF89a, but no picture", name="photo.png")
                with self.assertRaises(ValidationError):
                    self.profile.save(**save)
                self.assertEqual(Profile.objects.get(user=self.user).image.name, name)
                self.assertEqual(self.stored(), stored)

    def test_a_save_of_other_fields_leaves_the_new_file_alone(self):
        self.profile.image = ContentFile(b"no picture", name="photo.png")
        self.profile.bio = "New"
        self.profile.save(update_fields=["bio"])
        self.assertEqual(self.stored(), [])
        self.assertEqual(Profile.objects.get(user=self.user).bio, "New")

    def test_a_stored_picture_is_neither_read_nor_encoded_again(self):
        self.profile.image = ContentFile(encoded(plain(), "PNG"), name="photo.png")
        self.profile.save()
        profile = Profile.objects.get(user=self.user)
        with (
            mock.patch("users.pictures.normalising.normalise") as normalise,
            mock.patch.object(default_storage, "open") as opened,
        ):
            self.profile.save()
            profile.save()
            profile.save(update_fields=["image"])
        normalise.assert_not_called()
        opened.assert_not_called()
        self.assertEqual(len(self.stored()), 1)


class ProfilePageTests(StoredPicturesMixin, TestCase):
    """A picture that is sent to the profile page."""

    def test_a_picture_is_stored_and_shown(self):
        response = self.send(SimpleUploadedFile("Ada on a hill.JPG", encoded(plain(), "JPEG"), "image/jpeg"))
        self.assertRedirects(response, reverse("profile"))
        self.assertRegex(self.current(), r"\Apictures/[0-9a-f]{32}\.webp\Z")
        self.assertContains(self.client.get(reverse("profile")), default_storage.url(self.current()))

    def test_a_picture_is_encoded_once(self):
        with mock.patch("users.pictures.normalising.normalise", wraps=normalising.normalise) as normalise:
            self.send(SimpleUploadedFile("photo.png", encoded(plain(), "PNG")))
        self.assertEqual(normalise.call_count, 1)
        self.assertEqual(len(self.stored()), 1)

    def test_a_refused_picture_is_explained_and_the_old_one_kept(self):
        self.send(SimpleUploadedFile("photo.png", encoded(plain(), "PNG")))
        name, stored = self.current(), self.stored()
        cases = {
            "not_a_picture": b"Hello, I am called photo.png",
            "broken_picture": encoded(Image.effect_noise((90, 90), 80), "PNG")[:-2000],
            "too_many_pixels": png_header(13_000, 13_000),
            "too_long": png_header(1, 40_000_000),
            "empty": b"",
        }
        for code, content in cases.items():
            with self.subTest(code):
                response = self.send(SimpleUploadedFile("photo.png", content, "image/png"), bio="Typed")
                self.assertEqual(self.errors(response), [code])
                self.assertContains(response, "Typed")
                self.assertContains(response, default_storage.url(name))
                self.assertEqual((self.current(), self.stored()), (name, stored))
                self.assertEqual(Profile.objects.get(user=self.user).bio, "")

    def test_a_good_picture_on_a_rejected_page_is_not_stored(self):
        self.send(SimpleUploadedFile("photo.png", encoded(plain(), "PNG")))
        name, stored = self.current(), self.stored()
        for fields in ({"username": ""}, {"website": "not an address"}):
            with self.subTest(fields):
                response = self.send(SimpleUploadedFile("photo.png", encoded(plain(), "PNG")), **fields)
                self.assertEqual(response.status_code, 200)
                self.assertEqual((self.current(), self.stored()), (name, stored))

    def test_names_that_no_storage_can_hold_are_refused(self):
        content = encoded(plain(), "PNG")
        for name in ("photo\n.png", "photo\x00.png", "\x1b[31mphoto.png", "é" * 130 + ".png", "\U0001f600" * 64):
            with self.subTest(name):
                form = ProfileUpdateForm({}, {"image": SimpleUploadedFile(name, content)}, instance=self.user.profile)
                self.assertEqual([error.code for error in form.errors["image"].as_data()], ["name"])
        response = self.send(SimpleUploadedFile("é" * 200 + ".png", content))
        self.assertEqual(self.errors(response), ["name"])
        self.assertContains(response, "Please rename it")
        self.assertEqual(self.stored(), [])

    def test_other_names_do_no_harm(self):
        names = (
            "../../../etc/passwd",
            "C:\\photo.png",
            "<script>.png",
            "photo.png.exe",
            "\udcff.png",
            "a" * 255,
            "é" * 127,
        )
        for name in names:
            with self.subTest(name):
                upload = SimpleUploadedFile("photo.png", encoded(plain(), "PNG"))
                upload._name = name
                form = ProfileUpdateForm({}, {"image": upload}, instance=self.user.profile)
                self.assertNotIn("image", form.errors)
                self.assertRegex(form.cleaned_data["image"].name, r"\A[0-9a-f]{32}\.webp\Z")


class CappedUploadTests(StoredPicturesMixin, TestCase):
    """However much is sent, no more than the limit gets to the disk."""

    def sizes_on_disk(self):
        """Note how large the temporary file of each upload is when the upload is complete."""
        sizes = []
        file_complete = CappedFileUploadHandler.file_complete

        def note(handler, file_size):
            handler.file.flush()
            sizes.append((os.path.getsize(handler.file.temporary_file_path()), file_size))
            return file_complete(handler, file_size)

        patch = mock.patch.object(CappedFileUploadHandler, "file_complete", note)
        patch.start()
        self.addCleanup(patch.stop)
        return sizes

    @override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_file_above_the_limit_is_cut_on_disk_and_refused_with_a_sentence(self):
        sizes = self.sizes_on_disk()
        limit = 200_000
        with (
            mock.patch("users.pictures.uploads.MAX_BYTES", limit),
            mock.patch("users.pictures.normalising.MAX_BYTES", limit),
        ):
            response = self.send(SimpleUploadedFile("film.mp4", encoded(plain(), "JPEG").ljust(5_000_000, b"\0")))
        self.assertEqual(self.errors(response), ["too_many_bytes"])
        self.assertContains(response, "The picture is larger than")
        [(on_disk, sent)] = sizes
        self.assertEqual(sent, 5_000_000)
        self.assertLessEqual(on_disk, limit)
        self.assertEqual(self.stored(), [])

    @override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_file_of_exactly_the_limit_arrives_whole(self):
        sizes = self.sizes_on_disk()
        limit = 200_000
        content = encoded(plain(), "JPEG").ljust(limit, b"\0")
        with (
            mock.patch("users.pictures.uploads.MAX_BYTES", limit),
            mock.patch("users.pictures.normalising.MAX_BYTES", limit),
        ):
            response = self.send(SimpleUploadedFile("photo.jpg", content))
        self.assertRedirects(response, reverse("profile"))
        self.assertEqual(sizes, [(limit, limit)])

    def test_every_place_that_names_the_limits_names_those_that_hold(self):
        jpeg, others = (limit // 1024**2 for limit in (normalising.MAX_BYTES, normalising.MAX_BYTES_OF_OTHERS))
        reduced, pixels = normalising.MAX_PIXELS_REDUCED // 10**6, normalising.MAX_PIXELS // 10**6
        texts = {
            "the form": ProfileUpdateForm(instance=self.user.profile).fields["image"].help_text,
            "docs/limits.md": Path(settings.BASE_DIR, "docs/limits.md").read_text(),
        }
        for label, text in texts.items():
            with self.subTest(label):
                text = " ".join(text.split())
                self.assertIn(f"JPEG up to {jpeg} MB and {reduced} megapixels", text)
                self.assertIn(f"PNG, WebP or GIF up to {others} MB and {pixels} megapixels", text)
        for path in ("templates/413.html", "docs/deployment.md"):
            with self.subTest(path):
                self.assertIn(f"{jpeg} MB", Path(settings.BASE_DIR, path).read_text())

    def test_the_limit_holds_for_files_that_are_sent_to_any_page(self):
        sizes = self.sizes_on_disk()
        with mock.patch("users.pictures.uploads.MAX_BYTES", 200_000):
            self.client.post(reverse("login"), {"username": io.BytesIO(b"\0" * 6_000_000)})
        self.assertEqual([(on_disk <= 200_000, sent) for on_disk, sent in sizes], [(True, 6_000_000)])
