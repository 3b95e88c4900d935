from xml.etree import ElementTree

from django.test import SimpleTestCase, override_settings

from signal_inspector.exporting import svg
from signal_inspector.tests.support import make_trace, node, sample
from signal_inspector.traces.nodes import RECEIVER

SVG = "{http://www.w3.org/2000/svg}"


class SvgTests(SimpleTestCase):
    def picture(self, trace):
        return ElementTree.fromstring(svg.convert(trace, "POST /register/"))

    def test_a_group_for_each_line_with_its_anchor(self):
        groups = [each.get("id") for each in self.picture(sample()).iter(f"{SVG}g")]
        self.assertEqual(groups, [f"n{number}" for number in range(6)])

    def test_it_stays_in_its_frame(self):
        trace = sample()
        trace.roots[0].instance = "auth.User:" + "9" * 300
        picture = self.picture(trace)
        width, height = float(picture.get("width")), float(picture.get("height"))
        for shape in picture.iter(f"{SVG}rect"):
            if "%" not in shape.get("width"):
                self.assertLessEqual(float(shape.get("x")) + float(shape.get("width")), width)
                self.assertLessEqual(float(shape.get("y")) + float(shape.get("height")), height)

    def test_colours_need_no_style(self):
        text = svg.convert(sample(), "title")
        self.assertNotIn("style", text)
        self.assertNotIn("class=", text)

    @override_settings(LANGUAGE_CODE="de", USE_THOUSAND_SEPARATOR=True)
    def test_numbers_are_those_of_svg_in_every_language(self):
        self.picture(
            make_trace(*(node(RECEIVER, "a", start=0.1234, duration=0.0123) for _ in range(1200)), duration=2)
        )
        self.assertNotIn(',"', svg.convert(sample(), "title").replace(' "', ""))

    def test_what_is_too_long_is_counted(self):
        self.assertIn(
            "5 more are not drawn.", svg.convert(make_trace(*(node(RECEIVER, "a") for _ in range(1005))), "t")
        )
