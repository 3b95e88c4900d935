"""What stands in the line of its request, and what in one of its own."""

from django.test import TestCase, override_settings
from django.urls import reverse

from signal_inspector.pages.contents.joined import SHOWN, join
from signal_inspector.requests import store
from signal_inspector.tests.support import Site, an_attempt, leaving, make_trace, save, save_work, site


class JoinTests(TestCase):
    def joined(self, *chosen):
        rows = list(store.newest())
        return join([row for row in rows if row in chosen] if chosen else rows, rows)

    def test_the_last_attempt_at_each_piece_of_work_stands_in_the_line_of_its_request(self):
        whole = save(leaving("a", "b"))
        save_work(an_attempt(1, "again", "a"), whole)
        last, other = save_work(an_attempt(2, key="a"), whole), save_work(an_attempt(key="b"), whole)
        [line] = self.joined()
        self.assertEqual((line, line.parts, line.more_parts), (whole, [last, other], 0))
        self.assertEqual(len(line.all_parts), 3)

    def test_the_first_few_are_told_and_the_others_counted(self):
        whole = save(leaving())
        for number in range(SHOWN + 2):
            save_work(an_attempt(key=f"key {number}"), whole)
        [line] = self.joined()
        self.assertEqual((len(line.parts), line.more_parts), (SHOWN, 2))

    def test_what_work_left_for_later_in_turn_stands_there_too(self):
        whole = save(leaving())
        inner = save_work(whole=whole, trace=leaving("inner"))
        innermost = save_work(an_attempt(key="inner"), inner)
        [line] = self.joined()
        self.assertEqual(line.parts, [inner, innermost])

    def test_work_has_a_line_where_its_request_has_none(self):
        whole = save(leaving())
        work, alone = save_work(whole=whole), save_work()
        forgotten = save_work(part_of="f" * 32)
        self.assertEqual(self.joined(work, alone, forgotten), [forgotten, alone, work])
        self.assertEqual([line.whole for line in self.joined(work, alone, forgotten)], [None, None, whole])

    def test_rows_that_name_each_other_end(self):
        one = save_work(id="a" * 32, part_of="b" * 32)
        other = save_work(id="b" * 32, part_of="a" * 32)
        self.assertLessEqual(set(self.joined()), {one, other})


@override_settings(DEBUG=True)
@site
class ListTests(Site, TestCase):
    def ask(self, **query):
        response = self.client.get(reverse("signal_inspector:traces"), query)
        return " ".join(response.content.decode().split()), response.context["rows"]

    def test_in_one_statement(self):
        whole = save(leaving())
        for number in range(1, 4):
            save_work(an_attempt(number, "again", error="KeyError"), whole)
        save_work(), save_work(part_of="f" * 32)
        with self.assertNumQueries(1):
            self.ask()

    def test_a_request_tells_how_its_work_ended_and_no_answer_is_0(self):
        whole = save(leaving())
        work = save_work(an_attempt(3, "again", error="SMTPException: 550"), whole)
        save_work(an_attempt(outcome="lost"))
        text, rows = self.ask()
        self.assertEqual(len(rows), 2)
        link = (
            f'<a href="{work.get_absolute_url()}"><bdi>send_receipt</bdi></a> <span class="quiet"> attempt 3 </span>'
        )
        self.assertIn(f'{link} <span class="mark bad" title="SMTPException: 550">SMTPException: …</span>', text)
        self.assertIn('<td data-name="Answer"> <span class="mark bad">does not count</span>', text)
        self.assertNotIn('<td data-name="Answer"> 0', text)

    def test_work_alone_names_its_request(self):
        whole = save(make_trace())  # fired nothing, so it is not listed
        save_work(whole=whole), save_work(part_of="f" * 32)
        text, rows = self.ask()
        self.assertEqual(len(rows), 2)
        self.assertIn(f'for <a href="{whole.get_absolute_url()}"><bdi>POST /register/</bdi></a>', text)
        self.assertIn("for a request that is not kept any more", text)

    def test_an_attempt_that_failed_is_an_error(self):
        whole = save(leaving())
        failed = save_work(an_attempt(outcome="again", error="SMTPException"), whole)
        save_work(whole=whole)
        self.assertEqual(self.ask(errors=1)[1], [failed])

    def test_news_of_work_bring_its_request_again(self):
        whole = save(leaving())
        seen = save(leaving(), path="/other/")
        work = save_work(whole=whole)
        address = reverse("signal_inspector:new_traces")
        with self.assertNumQueries(2):
            news = self.client.get(address, {"seen": seen.pk}).json()
        self.assertEqual((news["number"], news["message"], news["newest"]), (1, "1 request has new work", work.pk))
        self.assertIn(f'<tr data-trace="{whole.pk}">', news["rows"])
        self.assertIn(f'<li data-part="{work.pk}">', news["rows"])
        self.assertNotIn("/other/", news["rows"])
        save()
        news = self.client.get(address, {"seen": seen.pk}).json()
        self.assertEqual((news["number"], news["message"]), (2, "1 new request, 1 request has new work"))
