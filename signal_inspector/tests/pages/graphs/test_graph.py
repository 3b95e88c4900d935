import json
from itertools import pairwise

from django.test import SimpleTestCase

from signal_inspector.pages.graphs import graph, layout
from signal_inspector.requests import summary
from signal_inspector.tests.support import POST_SAVE, make_trace, node, sample
from signal_inspector.traces.nodes import CALLBACK, RECEIVER, SIGNAL


def learn(*traces):
    return graph.learn([json.dumps(summary.edges(trace)) for trace in traces])[0]


def drawn(edges):
    """Return the vertices of a graph given as "ab bc": from a to b, from b to c."""
    vertices = {}
    for start, end in edges.split():
        for name in (start, end):
            vertices.setdefault(name, graph.Vertex(RECEIVER, name, "", len(vertices)))
        vertices[start].calls[vertices[end]] = 1
    return list(vertices.values())


class LearnTests(SimpleTestCase):
    def test_who_calls_whom_and_how_often(self):
        vertices = learn(sample(), sample())
        calls = {
            (vertex.lines[0], other.lines[0]): times for vertex in vertices for other, times in vertex.calls.items()
        }
        self.assertEqual(
            calls,
            {
                ("post_save", "update_last_login"): 2,
                ("post_save", "fail"): 2,
                ("update_last_login", "pre_save"): 2,
                ("update_last_login", "tell"): 2,
                ("pre_save", "look"): 2,
            },
        )
        self.assertEqual({vertex.times for vertex in vertices}, {2})

    def test_a_signal_of_another_sender_is_another_one(self):
        trace = make_trace(node(SIGNAL, POST_SAVE, sender="a.A"), node(SIGNAL, POST_SAVE, sender="b.B"))
        self.assertEqual([vertex.lines for vertex in learn(trace)], [("post_save", "a.A"), ("post_save", "b.B")])

    def test_a_callback_that_bears_the_name_of_what_it_sends_says_so(self):
        sent = node(SIGNAL, "shop.events.paid", sender="shop.Order")
        trace = make_trace(node(CALLBACK, "shop.events.paid", sent), node(CALLBACK, "shop.events.other"))
        self.assertEqual(
            [vertex.lines for vertex in learn(trace)],
            [("sends paid", "shop.events"), ("paid", "shop.Order"), ("other", "shop.events")],
        )

    def test_the_rarest_are_left_out(self):
        roots = [node(SIGNAL, f"s{number}") for number in range(graph.MOST + 5)]
        vertices, left_out = graph.learn([json.dumps(summary.edges(make_trace(*roots)))])
        self.assertEqual((len(vertices), left_out), (graph.MOST, 5))

    def test_nothing(self):
        self.assertEqual(graph.learn([]), ([], 0))


class NarrowTests(SimpleTestCase):
    """A part of a graph: what was asked for, all that leads there, and all that follows."""

    def shown(self, **wanted):
        order = node(SIGNAL, POST_SAVE, sender="auth.User", start=1)
        order.children = [
            node(RECEIVER, "django.contrib.auth.models.save", node(SIGNAL, "mail.events.sent", sender="auth.Group")),
            node(RECEIVER, "activity.signals.write"),
        ]
        other = node(SIGNAL, POST_SAVE, node(RECEIVER, "activity.signals.write"), sender="auth.Group")
        vertices = graph.narrow(learn(make_trace(order, other)), **wanted)
        self.assertTrue(all(end in vertices for vertex in vertices for end in vertex.calls))
        return {vertex.name.rpartition(".")[2] + (f" {vertex.sender}" if vertex.sender else "") for vertex in vertices}

    def test_all_of_it(self):
        self.assertEqual(len(self.shown()), 5)

    def test_an_app(self):
        self.assertEqual(self.shown(app="auth"), {"post_save auth.User", "save", "sent auth.Group"})
        self.assertEqual(self.shown(app="activity"), {"post_save auth.User", "post_save auth.Group", "write"})

    def test_a_model(self):
        self.assertEqual(self.shown(model="auth.User"), {"post_save auth.User", "save", "sent auth.Group", "write"})
        self.assertEqual(self.shown(model="shop.Gone"), set())

    def test_an_app_that_hears_a_model(self):
        self.assertEqual(self.shown(app="auth", model="auth.Group"), set())
        self.assertIn("write", self.shown(app="activity", model="auth.Group"))

    def test_what_can_be_chosen_are_apps_that_hear_and_models_that_send(self):
        self.assertEqual(graph.choices(learn(sample())), (["auth", "sample_shop"], ["auth.User"]))


class MermaidTests(SimpleTestCase):
    def test_the_text(self):
        trace = make_trace(node(SIGNAL, "sample_shop.told", node(RECEIVER, "sample_shop.listen"), sender="a.A"))
        self.assertEqual(
            graph.mermaid(learn(trace)),
            'flowchart LR\n    n0(["told<br>a.A"])\n    n1["listen<br>sample_shop"]\n    n0 -->|1| n1\n',
        )

    def test_hostile_names_stay_in_their_quotes(self):
        text = graph.mermaid(learn(make_trace(node(SIGNAL, 'x"] --> evil["<b>#\n', sender="`\\"))))
        self.assertEqual(
            text.splitlines()[1], '    n0(["x#34;#93; --#62; evil#91;#34;#60;b#62;#35;#10;<br>#96;#92;"])'
        )


class LayerTests(SimpleTestCase):
    def layers(self, edges):
        part = drawn(edges)
        back = layout.edges_back(part)
        found = layout.layers_of(part, back)
        return {v.name: layer for v, layer in found.items()}, {start.name + end.name for start, end in back}

    def test_each_stands_behind_all_that_lead_to_it(self):
        self.assertEqual(self.layers("ab bc ac cd"), ({"a": 0, "b": 1, "c": 2, "d": 3}, set()))

    def test_circles_are_opened(self):
        self.assertEqual(self.layers("ab bc cb"), ({"a": 0, "b": 1, "c": 2}, {"cb"}))
        self.assertEqual(self.layers("aa")[1], {"aa"})
        self.assertEqual(self.layers("ab ba")[0], {"a": 0, "b": 1})

    def test_parts(self):
        parts = layout.parts(drawn("ab cd de"))
        self.assertEqual(["".join(v.name for v in part) for part in parts], ["ab", "cde"])

    def test_a_long_chain_needs_no_stack(self):
        vertices = [graph.Vertex(RECEIVER, str(number), "", number) for number in range(3000)]
        for first, second in pairwise(vertices):
            first.calls[second] = 1
        self.assertEqual(layout.layers_of(vertices, layout.edges_back(vertices))[vertices[-1]], 2999)


class LayoutTests(SimpleTestCase):
    cases = ("ab", "ab bc ac cd", "ab ac ad bd cd de ae", "aa", "ab ba cd", "ab bc ca", "ae be ce de ef eg eh")

    def test_no_box_covers_another_and_all_are_in_the_picture(self):
        for edges in self.cases:
            picture = layout.draw(drawn(edges))
            for place, box in enumerate(picture.boxes):
                self.assertTrue(box.x >= 0 and box.x + box.width <= picture.width, edges)
                self.assertTrue(box.y >= 0 and box.y + box.height <= picture.height, edges)
                for other in picture.boxes[:place]:
                    apart = (
                        box.x + box.width <= other.x
                        or other.x + other.width <= box.x
                        or box.y + box.height <= other.y
                        or other.y + other.height <= box.y
                    )
                    self.assertTrue(apart, f"{edges}: {box.vertex.name} and {other.vertex.name}")

    def test_lines_run_from_left_to_right_but_those_that_lead_back(self):
        for edges in self.cases:
            for line in layout.draw(drawn(edges)).lines:
                self.assertRegex(line.path, r"^M[-\d]+ [-\d]+(C([-\d]+ ){5}[-\d]+|H[-\d]+)+$")
                if not line.back:
                    self.assertTrue(all(a.x + a.width <= b.x for a, b in pairwise(line.boxes)), edges)

    def test_a_long_line_bends_round_what_lies_between(self):
        picture = layout.draw(drawn("ab bc ac"))
        [long] = [line for line in picture.lines if len(line.boxes) == 3]
        between = next(box for box in picture.boxes if box.vertex.name == "b")
        self.assertFalse(between.y < long.boxes[1].middle < between.y + between.height)

    def test_an_empty_picture(self):
        self.assertEqual(layout.draw([]).boxes, [])
