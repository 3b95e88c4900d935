"""Places in the code, as a page shows them."""

from django.test import SimpleTestCase, override_settings

from signal_inspector.pages.trace.spots import Spot, editor_address
from signal_inspector.traces.nodes import Place

HERE = __name__


class SpotTests(SimpleTestCase):
    def test_a_place_in_a_module_that_is_not_loaded_is_its_name(self):
        spot = Spot(Place("gone.signals", 7, "receive"))
        self.assertEqual((spot.where, spot.file, spot.source, spot.editor), ("gone.signals:7", "", "", ""))
        self.assertEqual(spot.excerpt(), [])

    def test_a_line_that_the_file_does_not_have_any_more(self):
        self.assertEqual(Spot(Place(HERE, 100_000, "x")).excerpt(), [])

    def test_a_setting_links_to_the_editor(self):
        self.assertEqual(editor_address(__file__, 7), "")
        with override_settings(SIGNAL_INSPECTOR_EDITOR="vscode://file/{path}:{line}"):
            self.assertEqual(editor_address("/a b/c.py", 7), "vscode://file//a%20b/c.py:7")
            self.assertEqual(editor_address("", 7), "")
            self.assertTrue(Spot(Place(HERE, 7, "x")).editor.endswith("tests/pages/test_spots.py:7"))
