"""What libjpeg will have to do is read from the markers of the picture, and from no others."""

import io
import random
from unittest import mock

from PIL import Image

from users.pictures import jpeg, normalising
from users.tests.pictures.samples import ORANGE, PictureTestCase, encoded, jpeg_header, normalised, plain

SCAN, END = b"\xff\xda", b"\xff\xd9"
VIDEO = b"\0\0\0\x18ftypmp42" + random.Random(16).randbytes(1_000_000) + SCAN * 5000


def motion_photo(image, kind="JPEG", **options):
    """Return a picture as phones write it: with a thumbnail that is a JPEG before it, and a video behind it."""
    exif = Image.Exif()
    exif[0x010E] = b"\xff\xd8\xff" + SCAN * 1000 + END
    return encoded(image, kind, exif=exif, **options) + VIDEO


class CountedScansTests(PictureTestCase):
    def assertScans(self, content, number, streamed):
        self.assertEqual(jpeg.count_scans(io.BytesIO(content)), (number, streamed))

    def test_a_photograph_has_one_and_is_streamed(self):
        for mode in ("L", "RGB", "CMYK"):
            with self.subTest(mode):
                self.assertScans(encoded(plain(mode), "JPEG"), 1, True)

    def test_a_progressive_picture_has_some_and_is_not(self):
        for mode, number in (("L", 6), ("RGB", 10)):
            with self.subTest(mode):
                self.assertScans(encoded(plain(mode), "JPEG", progressive=True), number, False)

    def test_what_stands_before_and_behind_the_picture_is_not_counted(self):
        self.assertScans(motion_photo(plain()), 1, True)
        self.assertScans(motion_photo(plain(), progressive=True), 10, False)
        second = {"save_all": True, "append_images": [plain()] * 3}
        self.assertScans(motion_photo(plain(), "MPO", **second), 1, True)
        self.assertScans(motion_photo(plain(), "MPO", progressive=True, **second), 10, False)

    def test_what_stands_between_scans_is_passed_over(self):
        content = encoded(plain("L"), "JPEG", progressive=True)
        at = content.rindex(SCAN)
        comment = b"\xff\xfe\0\x06" + END + SCAN
        for label, between in (
            ("a comment with markers in it", comment),
            ("filling", b"\xff" * 9),
            ("pixels", b"\xff\0\x12" * 9),
            ("restarts", b"\xff\xd0\x12\xff\xd7"),
            ("a comment shorter than its length", b"\xff\xfe\0\0"),
        ):
            with self.subTest(label):
                self.assertScans(content[:at] + between + content[at:], 6, False)

    def test_colours_that_come_one_by_one_are_kept_until_the_last(self):
        content = encoded(plain(), "JPEG")
        at = content.index(SCAN) + 4
        self.assertScans(content[:at] + b"\x01" + content[at + 1 :], 1, False)

    def test_tables_may_come_as_a_file_before(self):
        content = encoded(plain("L"), "JPEG", progressive=True)
        self.assertScans(
            b"\xff\xd8" + content[content.index(b"\xff\xdb") : content.index(b"\xff\xc2")] + END + content, 6, False
        )

    def test_a_marker_across_two_blocks_is_one(self):
        content = motion_photo(plain("L", (16, 16)), progressive=True)[:9000]
        for size in (1, 2, 3, 7, 64):
            with self.subTest(size), mock.patch.object(jpeg, "BLOCK", size):
                self.assertScans(content, 6, False)

    def test_a_file_that_ends_early_is_counted_as_far_as_it_goes(self):
        content = encoded(plain("L"), "JPEG", progressive=True)
        self.assertScans(content[: content.rindex(SCAN)], 5, False)
        self.assertScans(b"\xff\xd8\xff", 0, False)

    def test_nothing_but_markers_is_more_than_any_picture_may_have(self):
        content = encoded(plain("L"), "JPEG", progressive=True)
        self.assertGreater(jpeg.count_scans(io.BytesIO(content[:-2] + b"\xff\xfe\0\x02" * 9000)).number, 10**9)

    def test_the_file_stays_where_it_stands(self):
        file = io.BytesIO(encoded(plain(), "JPEG"))
        file.seek(7)
        jpeg.count_scans(file)
        self.assertEqual(file.tell(), 7)


class LargeJPEGTests(PictureTestCase):
    def test_a_motion_photo_is_a_picture(self):
        size = (4032, 3024)
        for options in (
            {},
            {"progressive": True},
            {"kind": "MPO", "save_all": True, "append_images": [plain()]},
        ):
            with self.subTest(**options):
                self.assertColour(normalised(motion_photo(plain(size=size), **options)), (256, 256), ORANGE)

    def test_scans_are_counted_where_the_picture_goes_on_behind_a_feigned_end(self):
        """What looks like an end within a comment is none for libjpeg."""
        content = encoded(Image.new("L", (6300, 6300), 128), "JPEG", progressive=True)
        scan = content[content.rindex(SCAN) : -2]
        self.assertRefused("too_many_parts", content[:-2] + b"\xff\xfe\0\x04" + END + scan * 20 + END)

    def test_the_photographs_of_large_sensors_are_pictures(self):
        for size in ((8160, 6120), (8640, 5760), (9248, 6944)):
            with self.subTest(size):
                self.assertEqual(normalised(encoded(Image.new("L", size, 90), "JPEG")).size, (512, 512))

    def test_more_than_40_megapixels_are_refused_where_libjpeg_would_keep_them(self):
        header = jpeg_header(8000, 6000)
        at = header.index(SCAN) + 4
        cases = {
            "progressive": header.replace(b"\xff\xc0", b"\xff\xc2", 1),
            "lossless": header.replace(b"\xff\xc0", b"\xff\xc3", 1),
            "one colour after the other": header[:at] + b"\x01" + header[at + 1 :],
            "as large as before, when reduced": jpeg_header(65_500, 700),
            "half as long": jpeg_header(30_000, 1800),
        }
        for label, content in cases.items():
            with self.subTest(label):
                error = self.assertRefused("too_many_pixels", content)
                self.assertEqual(error.messages, ["The picture has more than 40 megapixels."])

    def test_more_than_64_megapixels_are_refused(self):
        error = self.assertRefused("too_many_pixels", jpeg_header(9300, 7000))
        self.assertEqual(error.messages, ["The picture has more than 64 megapixels."])

    def test_a_jpeg_may_have_more_bytes_than_others(self):
        photo = encoded(plain(), "JPEG")
        self.assertEqual(normalised(photo.ljust(normalising.MAX_BYTES, b"\0")).size, (512, 512))
        for content, megabytes in ((photo, 25), (encoded(plain(), "PNG"), 10), (encoded(plain(), "WEBP"), 10)):
            with self.subTest(megabytes=megabytes):
                error = self.assertRefused("too_many_bytes", content.ljust(megabytes * 1024 * 1024 + 1, b"\0"))
                self.assertEqual(error.messages, [f"The picture is larger than {megabytes} MB."])
