"""docs/architecture.md shows and names the parts that there are."""

import re
import runpy
from graphlib import CycleError
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

from listening.durability import connected_durable
from listening.events import Event
from signal_inspector.reading.contracts import contract_of
from users import events

ROOT = Path(settings.BASE_DIR)
SCRIPT = runpy.run_path(str(ROOT / "docs/draw_architecture.py"))
Module, Graph, Drawing = SCRIPT["Module"], SCRIPT["Graph"], SCRIPT["Drawing"]


def modules(**imports):
    """Return modules that import each other: ``shop__orders=["shop.models"]``."""
    names = {name.replace("__", "."): set(imported) for name, imported in imports.items()}
    return {name: Module(name, imported, set()) for name, imported in names.items()}


class PictureTests(SimpleTestCase):
    def test_it_is_of_the_project_as_it_is_now(self):
        drawn, stored = SCRIPT["draw"](), SCRIPT["PICTURE"].read_text(encoding="utf-8")
        self.assertEqual(drawn, stored, "Draw it anew: python docs/draw_architecture.py")

    def test_every_part_is_drawn(self):
        picture = SCRIPT["PICTURE"].read_text(encoding="utf-8")
        drawn = set(re.findall(r'class="name"[^>]*>([^<]+)<', picture))
        for part in SCRIPT["SUBJECTS"]:
            self.assertIn(part.rpartition("/")[2], drawn)

    def test_every_arrow_goes_down(self):
        for line in re.findall(r'class="arrow[^>]* d="([^"]+)"', SCRIPT["draw"]()):
            heights = [int(y) for y in re.findall(r"(?<= )\d+(?=[CV ]|$)", line)]
            self.assertLess(heights[0], heights[-1], line)

    def test_a_circle_is_an_error(self):
        graph = Graph(modules(shop=[], shop__a=[], bank=["shop.a"], bank__b=[], shop__c=["bank.b"]))
        with self.assertRaises(CycleError):
            Drawing(graph)

    def test_what_the_folders_of_an_app_import_from_its_top_stands_below_them(self):
        graph = Graph(
            modules(
                shop=[],
                shop__urls=["shop.pages.cart"],
                shop__pages=[],
                shop__pages__cart=["shop.models"],
                shop__models=[],
            )
        )
        self.assertEqual(graph.boxes, {"shop": ["shop", "shop/", "shop/pages"]})
        self.assertEqual(graph.inside("shop"), {("shop", "shop/pages"), ("shop/pages", "shop/")})

    def test_a_folder_that_nobody_imports_stands_above_the_top(self):
        graph = Graph(
            modules(
                shop=[],
                shop__tools=["shop.cart.lines"],
                shop__cart=[],
                shop__cart__lines=[],
                shop__plugins=[],
                shop__plugins__one=["shop.tools"],
            )
        )
        self.assertEqual(graph.boxes, {"shop": ["shop", "shop/cart", "shop/plugins"]})
        self.assertEqual(graph.inside("shop"), {("shop/plugins", "shop"), ("shop", "shop/cart")})

    def test_an_arrow_that_others_imply_is_left_out(self):
        self.assertEqual(SCRIPT["reduced"]({("a", "b"), ("b", "c"), ("a", "c")}), {("a", "b"), ("b", "c")})


class PageTests(SimpleTestCase):
    def test_every_app_and_every_folder_is_named(self):
        text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        named = set(re.findall(r"^\| \[`([\w/]+)`\]\(\.\./\1\)", text, re.MULTILINE))
        self.assertEqual(named, set(SCRIPT["SUBJECTS"]))


class EventTableTests(SimpleTestCase):
    """The table of the events is what their declarations say."""

    @staticmethod
    def rows():
        """Return a row for each event of users."""
        rows = []
        for name, signal in vars(events).items():
            if isinstance(signal, Event):
                text, arguments = contract_of(signal.label)
                told = ", ".join(f"`{argument}`" for argument in arguments).replace("|", r"\|")
                heard = ", ".join(f"`{receiver.__name__}`" for receiver in connected_durable(signal))
                outside = f"`{signal.public.__name__}`" if signal.public else ""
                when = text.splitlines()[0].replace("``", "`")
                rows.append(f"| `{name}` | {told} | {when} | {heard} | {outside} |")
        return rows

    def test_each_event_has_its_row(self):
        text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        stored = text.partition("## The events\n")[2].partition("\n## ")[0]
        stored = [line for line in stored.splitlines() if line.startswith("| `")]
        self.assertEqual(stored, self.rows())
        self.assertGreater(len(stored), 7)
