"""The page of a trace, and what it fetches."""

import json
import re

from django.contrib.staticfiles import finders
from django.test import TestCase, override_settings

from signal_inspector.models import StoredTrace
from signal_inspector.pages.trace import branches
from signal_inspector.tests.pages.test_branches import different, loop
from signal_inspector.tests.support import POST_SAVE, Site, chain, make_trace, node, sample, save, site
from signal_inspector.traces.nodes import (
    CALLBACK,
    RECEIVER,
    SIGNAL,
    TRANSACTION,
    WORK,
    Detail,
    Moment,
    Place,
    Statement,
)

HOSTILE = "</title><script>alert('&\"</script><img src=x onerror=alert(1)>"
MOST_BYTES = 40_000  # of scripts and styles


def numbers(response):
    """Return the numbers of the lines in a page."""
    return [int(number) for number in re.findall(r'<li id="line-(\d+)"', response.text)]


def words(response):
    """Return what a page says."""
    return " ".join(re.sub("<[^>]*>", " ", response.text).split())


@override_settings(DEBUG=True)
@site
class TraceTests(Site, TestCase):
    def test_two_statements(self):
        stored = save()
        for view in ("ran", "not-called", "not-heard", "called", "nonsense"):
            with self.assertNumQueries(2):
                self.assertEqual(self.client.get(stored.get_absolute_url(), {"view": view}).status_code, 200)

    def test_the_requests_before_and_after(self):
        before = save(path="/before/")
        after = save(path="/after/", before=before.pk)
        save(path="/other/")
        self.assertContains(self.client.get(before.get_absolute_url()), after.get_absolute_url())
        self.assertContains(self.client.get(after.get_absolute_url()), before.get_absolute_url())
        self.assertNotContains(self.client.get(after.get_absolute_url()), "/other/")

    def test_what_was_saved_is_told_in_words(self):
        trace = make_trace(
            node(SIGNAL, POST_SAVE, sender="sample_shop.Order", details={"created": True}),
            node(SIGNAL, POST_SAVE, sender="sample_shop.Order", details={"created": False}),
            unheard={(POST_SAVE, "sample_shop.Line"): 2, (POST_SAVE, "sample_shop.Note"): 1},
        )
        response = self.client.get(save(trace).get_absolute_url())
        for text in ("1 created", "changed 1 time", "saved 2 times, with nobody", "saved 1 time, with nobody"):
            self.assertContains(response, text, 1)
        self.assertNotContains(self.client.get(save(make_trace()).get_absolute_url()), "saved and deleted")

    def test_what_is_not_there_or_of_another_version_is_404(self):
        other = save()
        StoredTrace.objects.update(data='{"version": 0}')
        for path in (f"/signals/traces/{'0' * 31}f/", "/signals/traces/%00/", other.get_absolute_url()):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.get(path).status_code, 404)
        with self.assertLogs("django.request"):
            response = self.client.get(f"/signals/traces/{'0' * 31}f/")
        self.assertContains(
            response, "stored when its answer has been sent; the newest 200 in which something fired", status_code=404
        )

    def test_what_ran(self):
        response = self.client.get(save().get_absolute_url())
        for text in (
            "auth.User:1 was created",
            "raised ValueError",
            "not run",
            "slow",
            "A signal receiver which updates",
        ):
            self.assertContains(response, text)
        self.assertEqual(numbers(response), [0, 1, 2, 3, 4, 5, 6])
        self.assertContains(response, '<rect x="10.000%"')
        self.assertNotContains(response, "style=")

    def test_the_lines_add_up_to_the_numbers_at_the_top(self):
        trace = sample()
        trace.moments.append(Moment(WORK, "password hashed", "", 0.07, 0.02))
        trace.moments.append(Moment(TRANSACTION, "ROLLBACK", "default", 0.095, 0.001))
        response = self.client.get(save(trace, duration=0.12).get_absolute_url())
        text = words(response)
        self.assertIn("the request outside of receivers (password hashed 20.0 ms) itself 60.0 ms 1 statement", text)
        self.assertIn("ROLLBACK default 1.0 ms", text)
        self.assertIn("all lines together 120.0 ms 3 statements", text)
        self.assertIn("answered 302 120.0 ms 2 signals 3 receivers 3 statements", text)

    def test_the_page_needs_few_bytes_of_scripts_and_styles(self):
        response = self.client.get(save().get_absolute_url())
        files = re.findall(r'(?:src|href)="/static/([^"]*\.(?:js|css))"', response.text)
        self.assertEqual(len([file for file in files if file.startswith("signal_inspector/")]), 5)
        sizes = []
        for file in files:
            with open(finders.find(file), "rb") as opened:
                sizes.append(len(opened.read()))
        self.assertLess(sum(sizes), MOST_BYTES)

    def test_a_long_trace_shows_a_part_and_leads_to_the_rest(self):
        stored = save(different(1500))
        response = self.client.get(stored.get_absolute_url())
        self.assertLessEqual(len(numbers(response)), branches.ALL_OPEN + 2)
        self.assertLess(len(response.content), 300_000)
        link = re.search(r'href="([^"]*/branch/0/\?from=100)"', response.text)[1]
        with self.assertNumQueries(1):
            page = self.client.get(link)
        self.assertContains(page, "<title>")
        self.assertEqual(numbers(page)[0], 201)
        part = self.client.get(f"{link}&part=1")
        self.assertNotContains(part, "<title>")
        self.assertEqual(numbers(part), numbers(page))

    def test_a_loop_is_one_line_that_opens(self):
        stored = save(loop(163))
        response = self.client.get(stored.get_absolute_url())
        self.assertEqual(numbers(response), [0])
        self.assertIn("post_save shop.Entry × 163 lines 1 to 326, which repeat", words(response))
        link = re.search(r'href="([^"]*from=0&amp;to=163)"', response.text)[1].replace("&amp;", "&")
        self.assertEqual(numbers(self.client.get(link))[:3], [1, 2, 3])

    def test_a_branch_is_of_its_line_and_keeps_the_filters(self):
        stored = save()
        self.assertEqual(numbers(self.client.get(f"{stored.get_absolute_url()}branch/2/")), [3, 4, 5])
        page = self.client.get(
            f"{stored.get_absolute_url()}branch/2/", {"signal": "django.db.models.signals.pre_save"}
        )
        self.assertEqual(numbers(page), [3, 4])

    def test_a_line_tells_what_is_known_in_one_statement(self):
        stored = save()
        with self.assertNumQueries(1):
            page = self.client.get(f"{stored.get_absolute_url()}line/2/")
        name = "django.contrib.auth.models.update_last_login"
        self.assertContains(page, f'href="/signals/receiver/?name={name}"')
        self.assertContains(page, '<span class="code-name">update_last_login</span>')
        self.assertContains(page, "Recorded without details")
        part = self.client.get(f"{stored.get_absolute_url()}line/2/", {"part": "1"})
        self.assertNotContains(part, "<title>")

    def test_a_line_with_details(self):
        place = Place("django.contrib.auth.models", 24, "update_last_login")
        receiver = node(RECEIVER, "django.contrib.auth.models.update_last_login", queries=2, error="KeyError")
        receiver.detail = Detail(statements=[Statement("SELECT %s", 0.1, 0.0015, place)], raised_at=place)
        told = node(SIGNAL, POST_SAVE, receiver, sender="auth.User", details={"changes": ["email", "first_name"]})
        told.detail = Detail(origin=place, missed=["shop.signals.missed"])
        stored = save(make_trace(told, detailed=True))
        page = self.client.get(f"{stored.get_absolute_url()}line/2/")
        for text in ("SELECT %s", "1.5 ms", "django/contrib/auth/models.py:24", "KeyError", "1 statement more"):
            self.assertContains(page, text)
        page = self.client.get(f"{stored.get_absolute_url()}line/1/")
        for text in ("Sent from", "shop.signals.missed", "email, first_name", "(those who hear auth.User)"):
            self.assertIn(text, words(page))
        page = self.client.get(stored.get_absolute_url())
        self.assertIn("1 receiver did not run", words(page))
        with override_settings(SIGNAL_INSPECTOR_EDITOR="vscode://file/{path}:{line}"):
            page = self.client.get(f"{stored.get_absolute_url()}line/1/")
        self.assertRegex(page.text, r'href="vscode://file/[^"]*/django/contrib/auth/models\.py:24"')

    def test_no_other_lines(self):
        url = save().get_absolute_url()
        for path in ("line/7/", "branch/7/", "line/999999999/"):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.get(url + path).status_code, 404)
        for query in ("from=x", "from=-1&to=2", "from=99", f"from={'9' * 30}", "to=\u0664"):
            self.assertEqual(self.client.get(f"{url}branch/1/?{query}").status_code, 200)

    def test_a_callback_stands_where_it_ran_with_a_link_to_who_gave_it(self):
        later = node(CALLBACK, "shop.log.<locals>.<lambda>", start=0.09, duration=0.001)
        told = node(SIGNAL, POST_SAVE, node(RECEIVER, "shop.give", later, duration=0.01), duration=0.01)
        response = self.client.get(save(make_trace(told, duration=0.1)).get_absolute_url())
        self.assertContains(response, '<a href="#line-2">')
        self.assertContains(response, '<a href="#line-3">')
        self.assertContains(response, "<b>log</b>")
        self.assertNotContains(response, "locals")

    def test_not_called_and_not_heard(self):
        url = save().get_absolute_url()
        self.assertContains(self.client.get(url, {"view": "not-called"}), "signal_inspector.tests.support.listen")
        heard = self.client.get(url, {"view": "not-heard"})
        self.assertContains(heard, "pre_init")
        self.assertContains(heard, '<td class="number">240</td>')
        self.assertContains(heard, f'href="/signals/?q={POST_SAVE}"')
        unnamed = save(make_trace(unheard={("<unnamed Signal>", ""): 1})).get_absolute_url()
        self.assertContains(
            self.client.get(unnamed, {"view": "not-heard"}), 'href="/signals/?q=%3Cunnamed%20Signal%3E"'
        )

    def test_the_filters_hold_in_the_other_views_too(self):
        url = save().get_absolute_url()

        def shown(**query):
            response = self.client.get(url, query)
            self.assertContains(response, f"?view=ran&amp;{next(iter(query))}=")
            idle = [
                signal.short_name
                for _title, _folded, pairs in response.context.get("groups", ())
                for signal, _ in pairs
            ]
            unheard = [*response.context.get("near_unheard", ()), *response.context.get("other_unheard", ())]
            return {*idle, *(row[3] for row in unheard)}

        ours = {"signal": "signal_inspector.tests.urls.told", "app": "signal_inspector"}
        self.assertEqual(shown(**ours, view="not-called"), {"told"})
        self.assertEqual(shown(app="nobody", view="not-called"), set())
        self.assertIn("user_logged_in", shown(app="auth", view="not-called"))
        self.assertEqual(shown(signal=POST_SAVE, view="not-heard"), {"post_save"})

    def test_filters(self):
        response = self.client.get(save().get_absolute_url(), {"errors": "1"})
        self.assertEqual(numbers(response), [0, 1, 6])
        self.assertContains(response, "2 of 6 lines are shown")
        self.assertContains(self.client.get(save().get_absolute_url(), {"app": "nobody"}), "matches these filters")

    def test_names_are_escaped_in_every_view(self):
        place = Place(HOSTILE, 1, HOSTILE)
        inner = node(RECEIVER, HOSTILE, node(CALLBACK, HOSTILE, how=HOSTILE), error=HOSTILE, result=HOSTILE)
        inner.detail = Detail(statements=[Statement(HOSTILE, 0, 0, place)], raised_at=place)
        inner.saved = [[HOSTILE, True, 1]]
        values = {"sender": HOSTILE, "instance": HOSTILE, "how": HOSTILE}
        root = node(SIGNAL, HOSTILE, inner, details={"update_fields": [HOSTILE], "action": HOSTILE}, **values)
        root.detail = Detail(origin=place, missed=[HOSTILE])
        root.details["changes"] = [HOSTILE]
        trace = make_trace(root, unheard={(HOSTILE, HOSTILE): 1, (POST_SAVE, HOSTILE): 1}, detailed=True)
        trace.moments.append(Moment(TRANSACTION, HOSTILE, HOSTILE, 0, 0, error=HOSTILE))
        url = save(trace, path=HOSTILE).get_absolute_url()
        paths = [f"{url}?view={view}" for view in ("ran", "not-called", "not-heard")]
        paths += [f"{url}{path}" for path in ("line/1/", "line/2/", "line/2/?part=1", "branch/1/", "graph/")]
        for path in (*paths, "/signals/graph/"):
            response = self.client.get(path)
            self.assertNotContains(response, "<script>alert")
            self.assertNotContains(response, "<img")
            self.assertContains(response, "&lt;img src=x")

    def test_large_and_deep_traces_are_shown(self):
        wide = make_trace(*different(1000).roots, left_out=7)
        for trace in (wide, chain(900)):
            stored = save(trace)
            response = self.client.get(stored.get_absolute_url())
            self.assertEqual(response.status_code, 200)
            self.assertLess(len(response.content), 300_000)
            self.assertEqual(self.client.get(f"{stored.get_absolute_url()}graph/").status_code, 200)
        self.assertEqual(numbers(self.client.get(f"{stored.get_absolute_url()}branch/500/"))[0], 501)
        for view in ("ran", "not-called", "not-heard"):
            response = self.client.get(StoredTrace.objects.last().get_absolute_url(), {"view": view})
            self.assertContains(response, "7 more were not recorded", 1)

    def test_pauses_that_the_picture_leaves_out_are_told(self):
        late = make_trace(node(SIGNAL, POST_SAVE, start=0.3125, duration=0.001), duration=0.3135)
        for trace, told in ((late, True), (make_trace(duration=0.3135), False)):
            response = self.client.get(save(trace).get_absolute_url())
            self.assertEqual("the long pauses, at the dotted lines: 312.5 ms" in response.text, told)

    def test_what_a_receiver_saved_is_told_in_its_line(self):
        saved = [["a.Order", True, 1], ["a.Line", True, 3], ["a.Mail", False, 1]]
        response = self.client.get(
            save(make_trace(node(RECEIVER, "sample_shop.signals.pack", saved=saved))).get_absolute_url()
        )
        for text in ("Created <code>a.Order</code>.", "Created <code>a.Line</code> 3 times."):
            self.assertContains(response, text, 1)
        self.assertContains(response, "Saved <code>a.Mail</code>", 1)

    def test_a_trace_of_version_1_is_shown(self):
        stored = save()
        data = stored.trace.as_data()
        for name in ("detailed", "statements", "moments", "texts", "places"):
            del data[name]
        StoredTrace.objects.update(data=json.dumps({**data, "version": 1}))
        self.assertEqual(numbers(self.client.get(stored.get_absolute_url())), [0, 1, 2, 3, 4, 5, 6])
        self.assertEqual(self.client.get(f"{stored.get_absolute_url()}line/3/").status_code, 200)
