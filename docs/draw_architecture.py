"""
Draw who imports whom: ``python docs/draw_architecture.py`` writes docs/images/architecture.svg.

A box is an app, or a folder of an app; the modules at the top of an app with folders are one box, or two: what the
folders import of them stands below. An arrow is an import, and goes down. One that others imply (A to C, where A
imports B and B imports C) is left out. A dashed one is a name in the settings or in urls.py. Tests and migrations
are not looked at. A circle of imports is an error.
"""

import ast
import sys
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

PROJECT = "userprofile_project"
SUBJECTS = {
    "userprofile_project": "the settings: they alone name every app",
    "activity": "remembers: the account log",
    "delivery": "carries: what must not be lost",
    "delivery/publishing": "public events, for other programs",
    "lessons": "shows: what runs in the browser",
    "lessons/stage": "a registration, step by step",
    "lessons/chapters": "the documentation as pages",
    "lessons/exhibits": "naive beside right",
    "lessons/questions": "what newcomers ask",
    "lessons/running": "private database, private models",
    "notifications": "tells: mails",
    "users": "speaks: accounts and events",
    "users/identity": "when two names are one",
    "users/pictures": "from the upload to the column",
    "users/profiles": "a profile for every user",
    "listening": "tools for receivers",
    "signal_inspector": "commands, checks, middleware",
    "signal_inspector/bench": "what if?",
    "signal_inspector/connected": "who listens to what",
    "signal_inspector/pages": "what a person sees",
    "signal_inspector/reading": "names and source, read, not run",
    "signal_inspector/recording": "what fires",
    "signal_inspector/requests": "the record of a request",
    "signal_inspector/scanning": "what no signal tells, read",
    "signal_inspector/exporting": "a trace as a file for others",
    "signal_inspector/integrations": "pytest, toolbar, OpenTelemetry",
    "signal_inspector/traces": "the tree that is kept",
    "signal_inspector/trials": "do it, and roll it back",
    "signal_inspector/why": "why was it not called?",
}

# Pixels.
WIDTH, HEIGHT = 216, 50  # of a box
GAP, ROW = 24, 44  # between boxes, between rows
PAD, TOP = 24, 40  # of a frame: at its sides, above its first row

STYLE = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
.ground { fill: #f4f6f5 } .frame { fill: #e9efed; stroke: #dbe2df } .box { fill: #fff; stroke: #818e8a }
text { fill: #1c2624; text-anchor: middle } .name { font-weight: 600 } .subject { fill: #55625f; font-size: 12px }
.arrow { fill: none; stroke: #0b6b66; stroke-width: 1.6 } .named { stroke-dasharray: 5 4 } .head { fill: #0b6b66 }
@media (prefers-color-scheme: dark) {
.ground { fill: #101615 } .frame { fill: #141c1a; stroke: #2b3633 } .box { fill: #1d2725; stroke: #73827d }
text { fill: #e3eae8 } .subject { fill: #a3b1ad } .arrow { stroke: #6fd3c6 } .head { fill: #6fd3c6 }
}
""".strip()


class Module(NamedTuple):
    """A module: its dotted name, what it imports of the project, and which apps it names in strings."""

    name: str
    imports: set
    strings: set

    @property
    def parts(self):
        """App, folder or module, and so on."""
        return self.name.split(".")


def read_modules():
    """Return the modules of the project, by name."""
    apps = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    modules = {}
    for app in sorted(apps):
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if not {"tests", "migrations"} & set(parts):
                nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
                imports = {name for node in nodes for name in imported(node) if name.partition(".")[0] in apps}
                words = [
                    node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
                ]
                name = ".".join(parts).removesuffix(".__init__")
                modules[name] = Module(name, imports, {word.partition(".")[0] for word in words} & apps)
    return modules


def imported(node):
    """Return the dotted names that a node imports; of ``from a import b`` it is "a.b", whatever b is."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


class Graph:
    """The boxes of each app, and the arrows between apps and between the boxes of one app."""

    def __init__(self, modules):
        """Sort modules into boxes."""
        self.modules = modules
        self.apps = sorted({module.parts[0] for module in modules.values()})
        self.folders = {
            name
            for name in modules
            if name.count(".") == 1
            and any(other.startswith(f"{name}.") for other in modules)
            and not name.endswith(".management")
        }
        self.below = self.find_below()
        self.boxes = {
            app: sorted({self.box(name) for name in modules if name.split(".")[0] == app}) for app in self.apps
        }
        self.named = {
            (PROJECT, app) for m in modules.values() if m.parts[0] == PROJECT for app in m.strings - {PROJECT}
        }

    def module(self, name):
        """Return the name of the module that an import of a name reads."""
        while name not in self.modules:
            name = name.rpartition(".")[0]
        return name

    def find_below(self):
        """
        Return the modules at the top of an app that its folders import, and what those import there in turn.

        A folder that nobody imports is above the top, whatever it imports there.
        """
        imported = {folder for _, folder in self.arrows(lambda name: ".".join(name.split(".")[:2]))}
        folders = self.folders & imported
        below, todo = set(), [m for m in self.modules.values() if ".".join(m.parts[:2]) in folders]
        while todo:
            module = todo.pop()
            for name in sorted(map(self.module, module.imports)):
                other = self.modules[name]
                top = other.parts[0] == module.parts[0] and ".".join(other.parts[:2]) not in self.folders
                if top and len(other.parts) > 1 and name not in below:
                    below.add(name)
                    todo.append(other)
        return below

    def box(self, name):
        """Return the box of a module: "users", "users/profiles", or "users/" for what the folders of users import."""
        parts = name.split(".")
        if ".".join(parts[:2]) in self.folders:
            return "/".join(parts[:2])
        return parts[0] + "/" * (name in self.below)

    def arrows(self, place):
        """Return pairs of places, from who imports to who is imported, for a function from a module to its place."""
        pairs = {(place(m.name), place(self.module(name))) for m in self.modules.values() for name in m.imports}
        return {(a, b) for a, b in pairs if a and b and a != b}

    def between_apps(self):
        """Return the imports from app to app."""
        return self.arrows(lambda name: name.split(".")[0])

    def inside(self, app):
        """Return the imports between the boxes of an app."""
        return self.arrows(lambda name: self.box(name) if name.split(".")[0] == app else None)


def rows_of(places, arrows):
    """Return rows of places, from the top down: each arrow leads to a lower row. Raise CycleError for a circle."""
    below = {place: {b for a, b in arrows if a == place} for place in places}
    order = list(TopologicalSorter(below).static_order())
    level = {}
    for place in order:
        level[place] = 1 + max((level[other] for other in below[place]), default=-1)
    for place in order:
        above = [level[a] for a, b in arrows if b == place]
        if above and not below[place]:
            level[place] = min(above) - 1  # it needs nothing: near to who needs it
    return [sorted(place for place in places if level[place] == n) for n in range(max(level.values()), -1, -1)]


def reduced(arrows):
    """Return the arrows that no chain of others implies."""
    below = {}
    for a, b in arrows:
        below.setdefault(a, set()).add(b)

    def reaches(a, b):
        return any(other == b or reaches(other, b) for other in below.get(a, ()))

    return {(a, b) for a, b in arrows if not any(other != b and reaches(other, b) for other in below[a])}


class Rectangle(NamedTuple):
    """Where something stands: its left upper corner and its size, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self):
        """The x of its middle."""
        return self.x + self.width // 2


class Layout:
    """Where places stand, and where the arrows between them go."""

    def __init__(self, places, arrows, sizes, x=0, y=0, width=0):
        """Place rows below each other, each in the middle of the width, and each place near to those above it."""
        self.arrows, self.sizes, self.placed, self.ways = reduced(arrows), dict(sizes), {}, {}
        rows = self.with_slots(rows_of(places, arrows))
        wide = [sum(self.sizes[place][0] for place in row) + GAP * (len(row) - 1) for row in rows]
        self.width = max(width, *wide)
        for row, used in zip(rows, wide, strict=True):
            left = x + (self.width - used) // 2
            for place in sorted(row, key=lambda place: (self.mean(place), str(place))):
                self.placed[place] = Rectangle(left, y, *self.sizes[place])
                left += self.sizes[place][0] + GAP
            y += max(self.sizes[place][1] for place in row) + ROW
        self.bottom = y - ROW

    def with_slots(self, rows):
        """Return the rows with a slot for each arrow that passes one."""
        number = {place: n for n, row in enumerate(rows) for place in row}
        for a, b in sorted(self.arrows):
            slots = [(a, b, n) for n in range(number[a] + 1, number[b])]
            self.ways[a, b] = [a, *slots, b]
            for slot in slots:
                rows[slot[2]].append(slot)
                self.sizes[slot] = (2, HEIGHT)
        return rows

    def mean(self, place):
        """Return the mean x of what stands right above a place, on the ways to it."""
        above = [way[way.index(place) - 1] for way in self.ways.values() if place in way[1:]]
        return sum(self.placed[other].middle for other in above) / len(above) if above else 0

    def paths(self):
        """Yield the rectangles that each arrow touches."""
        for _, way in sorted(self.ways.items()):
            yield [self.placed[place] for place in way]


class Drawing:
    """The picture of a graph."""

    def __init__(self, graph):
        """Draw everything: the apps that import each other in a column, the bar of the project above all columns."""
        self.graph, self.frames, self.arrows, self.boxes = graph, [], [], []
        imports = graph.between_apps()
        arrows = {(a, b) for a, b in imports if PROJECT not in (a, b)}
        sizes = {app: self.size(app) for app in graph.apps}
        places, x, bottom = {}, PAD, 0
        for column in components([app for app in graph.apps if app != PROJECT], arrows):
            inside = {(a, b) for a, b in arrows if a in column}
            layout = Layout(column, inside, sizes, x, PAD + HEIGHT + ROW)
            places |= layout.placed
            x, bottom = x + layout.width + PAD, max(bottom, layout.bottom)
            for path in layout.paths():
                self.arrow(path)
        self.width, self.height = x, bottom + PAD
        bar = places[PROJECT] = Rectangle(PAD, PAD, x - 2 * PAD, HEIGHT)
        for _, app in sorted((a, b) for a, b in reduced(imports | graph.named) if a == PROJECT):
            above = Rectangle(places[app].x, bar.y, places[app].width, bar.height)
            self.arrow([above, places[app]], named=(PROJECT, app) not in imports)
        for app in graph.apps:
            self.app(app, places[app])

    def size(self, app):
        """Return width and height of an app."""
        if len(self.graph.boxes[app]) == 1:
            return WIDTH, HEIGHT
        layout = self.layout(app)
        return layout.width + 2 * PAD, layout.bottom + TOP + PAD

    def layout(self, app, x=0, y=0):
        """Return where the boxes of an app stand."""
        boxes = self.graph.boxes[app]
        return Layout(boxes, self.graph.inside(app), dict.fromkeys(boxes, (WIDTH, HEIGHT)), x, y)

    def app(self, app, frame):
        """Draw an app: a box, or a frame with boxes."""
        if len(self.graph.boxes[app]) == 1:
            self.box(app, app, frame)
            return
        self.frames += [rectangle(frame, "frame", 10), text(frame.middle, frame.y + 25, "name", app)]
        layout = self.layout(app, frame.x + PAD, frame.y + TOP)
        for path in layout.paths():
            self.arrow(path)
        for box in self.graph.boxes[app]:
            self.box(app, box, layout.placed[box])

    def box(self, app, box, place):
        """Draw a box with its name and its subject."""
        name, subject = box.partition("/")[2] or box, SUBJECTS.get(box)
        if box == f"{app}/":
            name = ", ".join(sorted(name.partition(".")[2] for name in self.graph.below if name.startswith(f"{app}.")))
            subject = "what the others share"
        elif box == app and len(self.graph.boxes[app]) > 1:
            name = f"{app}/*.py"
        if subject is None:
            raise SystemExit(f"SUBJECTS has no words for {box}.")
        self.boxes.append(rectangle(place, "box", 6))
        self.boxes.append(text(place.middle, place.y + 21, "name", name))
        self.boxes.append(text(place.middle, place.y + 38, "subject", subject))

    def arrow(self, path, named=False):
        """Draw an arrow from the lower edge of one thing to the upper edge of another, through slots."""
        line = f"M{path[0].middle} {path[0].y + path[0].height}"
        for above, below in pairwise(path):
            y, end = above.y + above.height, below.y - 7 * (below is path[-1])
            middle = (y + end) // 2
            line += f"C{above.middle} {middle} {below.middle} {middle} {below.middle} {end}"
            if below is not path[-1]:
                line += f"V{below.y + below.height}"
        self.arrows.append(f'<path class="arrow{" named" * named}" d="{line}"/>')
        self.arrows.append(f'<path class="head" d="M{path[-1].middle - 4} {path[-1].y - 8}h8l-4 7z"/>')

    def svg(self):
        """Return the picture."""
        words = "Who imports whom: apps and their folders as boxes, imports as arrows, all of them downwards."
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" aria-label="{words}">',
            f"<style>\n{STYLE}\n</style>",
            rectangle(Rectangle(0, 0, self.width, self.height), "ground", 12),
            *self.frames,
            *self.arrows,
            *self.boxes,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def components(places, arrows):
    """Return the groups of places that arrows connect, each in a column of its own, the one of the speaker first."""
    groups = {place: {place} for place in places}
    for a, b in arrows:
        joined = groups[a] | groups[b]
        for place in joined:
            groups[place] = joined
    return sorted({tuple(sorted(group)) for group in groups.values()}, key=lambda group: ("users" not in group, group))


def rectangle(place, kind, radius):
    """Return a rectangle with round corners."""
    x, y, width, height = place
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>'


def text(x, y, kind, words):
    """Return a line of text around a middle."""
    return f'<text class="{kind}" x="{x}" y="{y}">{words}</text>'


def draw():
    """Return the picture of the project as it is now."""
    return Drawing(Graph(read_modules())).svg()


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")
