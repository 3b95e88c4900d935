from django.test import SimpleTestCase

from signal_inspector.connected.inventory import Receiver, SignalInfo, all_signals, without_own
from signal_inspector.pages.contents import sections
from signal_inspector.tests.support import POST_SAVE

OWN_FILE = __file__


def receiver(name, sender="", kind="all", file=OWN_FILE):
    return Receiver(name, "", file, 1, "", sender, kind, "", True, False, "", False)


def signal(name, *receivers, file="/usr/lib/python3/site-packages/x.py"):
    return SignalInfo(name, file, 1, "", "", "", "", "", False, list(receivers))


def sections_of(*signals):
    return sections.of_all(sections.items([(each, "", 0) for each in signals], {}))


class SectionTests(SimpleTestCase):
    def test_rows_and_the_projects_own_come_first_and_are_unfolded(self):
        found = sections_of(
            signal("axes.signals.user_locked_out"),
            signal("django.core.signals.request_started"),
            signal("django.contrib.auth.signals.user_logged_in"),
            signal("shop.events.paid", receiver("a"), file=OWN_FILE),
            signal("django.db.models.signals.pre_save"),
            signal(POST_SAVE),
            signal("shop.events.nobody_hears", file=OWN_FILE),
            signal("django.db.models.signals.post_migrate"),
        )
        self.assertEqual(
            [[item.signal.short_name for item in section.items] for section in found],
            [
                ["post_save", "pre_save"],
                ["paid", "nobody_hears"],
                ["user_logged_in"],
                ["request_started"],
                ["user_locked_out"],
                ["post_migrate"],
            ],
        )
        self.assertEqual([section.is_open for section in found], [True, True, False, False, False, False])
        self.assertFalse(any(item.is_open for section in found for item in section.items))

    def test_the_own_ones_without_receivers_come_last_in_theirs(self):
        [found] = sections_of(
            signal("shop.events.a", file=OWN_FILE), signal("shop.events.b", receiver("r"), file=OWN_FILE)
        )
        self.assertEqual([item.signal.short_name for item in found.items], ["b", "a"])

    def test_a_few_are_unfolded_wherever_they_stand(self):
        [found] = sections_of(signal("django.core.signals.request_started"))
        self.assertTrue(found.is_open)
        self.assertTrue(found.items[0].is_open)

    def test_each_signal_of_this_process_is_in_one_section(self):
        signals = without_own(all_signals())
        found = [item.signal.name for section in sections_of(*signals) for item in section.items]
        self.assertEqual(sorted(found), sorted(each.name for each in signals))

    def test_namesakes_have_ids_of_their_own(self):
        [found] = sections_of(signal("<unnamed Signal>"), signal("<unnamed Signal>"))
        self.assertEqual([item.anchor for item in found.items], ["<unnamed-Signal>", "<unnamed-Signal>-2"])

    def test_a_search_looks_for_each_word_in_signals_and_receivers(self):
        found = signal(POST_SAVE, receiver("users.signals.create_profile"))
        for words in ("", "POST", "create_profile", "post  users.", POST_SAVE):
            self.assertTrue(sections.mentions(found, words), words)
        for words in ("delete", "post_save delete"):
            self.assertFalse(sections.mentions(found, words), words)

    def test_the_models_that_the_project_listens_to(self):
        found = signal(
            POST_SAVE,
            receiver("a", "auth.Group", "model"),
            receiver("b", "auth.User", "model"),
            receiver("c", "auth.User", "model"),
            receiver("d"),
            receiver("e", "axes.AccessLog", "model", file="/usr/lib/python3/site-packages/x.py"),
        )
        self.assertEqual(sections.models_of([found]), ["auth.User", "auth.Group"])
