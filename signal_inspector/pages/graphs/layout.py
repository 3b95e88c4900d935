"""
Places for the boxes and lines of a graph, in layers from left to right.

The steps are those of K. Sugiyama, S. Tagawa and M. Toda, "Methods for Visual Understanding of Hierarchical System
Structures" (1981): turn the edges of circles round, put each vertex behind those that lead to it,
bend long edges round what lies between, order each layer by the middle of its neighbours. Parts that nothing connects
lie below each other.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from signal_inspector.pages.graphs.graph import Vertex

CHARACTER = 7.6  # pixels, about that of a fixed-width font of 12.5 px
HEIGHT, GAP, BETWEEN, MARGIN = 44, 14, 72, 8  # pixels: box, gap below it, gap between layers, around the whole
SWEEPS = 6


@dataclass(eq=False)
class Box:
    """A vertex in its place, or a bend (vertex None) of an edge that crosses a layer. Places are pixels."""

    vertex: Vertex = None
    layer: int = 0
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)

    @property
    def middle(self):
        """The middle of its height."""
        return self.y + self.height / 2

    @property
    def text_x(self):
        """The middle of its width, where its lines stand."""
        return self.x + self.width / 2

    @property
    def first_y(self):
        """Where its first line stands."""
        return self.y + 18

    @property
    def second_y(self):
        """Where its second line stands."""
        return self.y + 34


@dataclass(eq=False)
class Line:
    """An edge: the boxes it runs through, how often it was taken, and whether it leads back."""

    boxes: list
    times: int
    back: bool
    later: bool  # to a callback

    @property
    def path(self):
        """The curve, as the ``d`` of an SVG path."""
        boxes = self.boxes[::-1] if self.back else self.boxes
        if self.back:  # above the boxes, from right to left
            first, last = boxes[0], boxes[-1]
            top = min(box.y for box in boxes) - GAP
            return (
                f"M{first.x + first.width / 2:.0f} {first.y:.0f}C{first.x + first.width / 2:.0f} {top:.0f} "
                f"{last.x + last.width / 2:.0f} {top:.0f} {last.x + last.width / 2:.0f} {last.y:.0f}"
            )
        x, y = boxes[0].x + boxes[0].width, boxes[0].middle
        path = f"M{x:.0f} {y:.0f}"
        for box in boxes[1:]:
            bend = (x + box.x) / 2
            path += f"C{bend:.0f} {y:.0f} {bend:.0f} {box.middle:.0f} {box.x:.0f} {box.middle:.0f}"
            x, y = box.x + box.width, box.middle
            if box.vertex is None:
                path += f"H{x:.0f}"
        return path


@dataclass
class Picture:
    """Boxes, lines and the size of the whole, in pixels."""

    boxes: list
    lines: list
    width: int
    height: int


def draw(vertices):
    """Return the ``Picture`` of some vertices."""
    boxes, lines, top, width = [], [], MARGIN, 0
    for part in sorted(parts(vertices), key=lambda part: (-len(part), part[0].number)):
        back = edges_back(part)
        part_boxes, part_lines = _connect(part, layers_of(part, back), back)
        layers = _order(part_boxes)
        _place(layers)
        lowest = min(box.y for box in part_boxes) - (GAP if back else 0)
        for box in part_boxes:
            box.y += top - lowest
        top = max(box.y + box.height for box in part_boxes) + 2 * GAP
        width = max(width, *(box.x + box.width for box in part_boxes))
        boxes += sorted((box for box in part_boxes if box.vertex), key=lambda box: (box.layer, box.y))
        lines += part_lines
    return Picture(boxes, lines, round(width + MARGIN), round(top))


def parts(vertices):
    """Return the vertices in groups that no edge connects."""
    neighbours = {vertex: set(vertex.calls) for vertex in vertices}
    for vertex in vertices:
        for other in vertex.calls:
            neighbours[other].add(vertex)
    seen, found = set(), []
    for vertex in vertices:
        part, waiting = [], {vertex} - seen
        while waiting:
            seen |= waiting
            part += waiting
            waiting = set().union(*(neighbours[each] for each in waiting)) - seen
        if part:
            found.append(sorted(part, key=lambda vertex: vertex.number))
    return found


def edges_back(part):
    """Return the edges, pairs of vertices, that close a circle: found by going deeper first."""
    called = {other for vertex in part for other in vertex.calls if other is not vertex}
    starts = [vertex for vertex in part if vertex not in called] + part
    is_open, back = {}, set()
    for start in starts:
        path = [] if start in is_open else [(start, iter(start.calls))]
        is_open.setdefault(start, True)
        while path:
            vertex, others = path[-1]
            other = next(others, None)
            if other is None:
                is_open[vertex] = False
                path.pop()
            elif is_open.get(other):
                back.add((vertex, other))
            elif other not in is_open:
                is_open[other] = True
                path.append((other, iter(other.calls)))
    return back


def layers_of(part, back):
    """Return the layer of each vertex: one more than the last of those that lead to it."""
    incoming = dict.fromkeys(part, 0)
    for vertex in part:
        for other in vertex.calls:
            incoming[other] += (vertex, other) not in back
    layer = dict.fromkeys(part, 0)
    ready = [vertex for vertex in part if not incoming[vertex]]
    while ready:
        vertex = ready.pop()
        for other in vertex.calls:
            if (vertex, other) in back:
                continue
            layer[other] = max(layer[other], layer[vertex] + 1)
            incoming[other] -= 1
            if not incoming[other]:
                ready.append(other)
    return layer


def _connect(part, layer, back):
    """Return the boxes, bends among them, and the lines between them."""
    boxes = {v: Box(v, layer[v], height=HEIGHT, width=_width(v)) for v in part}
    all_boxes, lines = list(boxes.values()), []
    for vertex in part:
        for other, times in vertex.calls.items():
            if (vertex, other) in back:
                lines.append(Line([boxes[other], boxes[vertex]], times, True, other.is_callback))
                continue
            chain = [boxes[vertex]]
            chain += [Box(layer=number, height=4) for number in range(layer[vertex] + 1, layer[other])]
            chain.append(boxes[other])
            all_boxes += chain[1:-1]
            for first, second in pairwise(chain):
                first.after.append(second)
                second.before.append(first)
            lines.append(Line(chain, times, False, other.is_callback))
    return all_boxes, lines


def _width(vertex):
    first, second = map(len, vertex.lines)
    return max(first, second + len(f" ×{vertex.times}")) * CHARACTER + 24


def _order(boxes):
    """Return the layers, each in an order that crosses few lines."""
    layers = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for box in boxes:
        layers[box.layer].append(box)
    places = {}
    for layer in layers:
        places.update((box, place) for place, box in enumerate(layer))
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wish = {}
            for box in layer:
                near = box.before if sweep % 2 == 0 else box.after
                wish[box] = sum(places[other] for other in near) / len(near) if near else places[box]
            layer.sort(key=wish.get)
            places.update((box, place) for place, box in enumerate(layer))
    return layers


def _place(layers):
    """Set the places: layers beside each other, each box near the middle of its neighbours."""
    x = MARGIN
    for layer in layers:
        width = max(box.width for box in layer)
        y = 0
        for box in layer:
            box.x, box.y = x, y
            if box.vertex is None:
                box.width = width
            y += box.height + GAP
        x += width + BETWEEN
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            _settle(layer)


def _settle(layer):
    wishes = []
    for box in layer:
        near = box.before + box.after
        wishes.append(sum(other.middle for other in near) / len(near) - box.height / 2 if near else box.y)
    below = float("-inf")
    for box, wish in zip(layer, wishes, strict=True):
        box.y = max(wish, below)
        below = box.y + box.height + GAP
    # All were pushed down and none up: move the layer back by the mean.
    shift = sum(box.y - wish for box, wish in zip(layer, wishes, strict=True)) / len(layer)
    for box in layer:
        box.y -= shift
