import asyncio
import gc
import random
import threading
import weakref
from contextlib import ExitStack

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models.signals import ModelSignal, post_save, pre_delete, pre_save
from django.dispatch import Signal
from django.test import SimpleTestCase, TestCase, override_settings

from listening.muting import muted, sent
from listening.testing import connections_of
from users.models import Interest, Profile
from users.signals import create_profile

User = get_user_model()


class Ear:
    """A receiver that notes its name in a list that it shares with others."""

    def __init__(self, name, heard):
        self.name, self.heard = name, heard

    def __call__(self, **kwargs):
        self.heard.append(self.name)

    def hear(self, **kwargs):
        self.heard.append(f"{self.name}.hear")


class DispatchTestCase(SimpleTestCase):
    """Tests around a signal with the receivers a, b and c."""

    use_caching = False

    def setUp(self):
        self.heard = []
        self.signal = Signal(use_caching=self.use_caching)
        self.a, self.b, self.c = self.ears = [Ear(name, self.heard) for name in "abc"]
        for ear in self.ears:
            self.signal.connect(ear)

    def hear(self, sender=User):
        """Send, and return the names of those who heard, in their order."""
        self.heard.clear()
        self.signal.send(sender)
        return "".join(self.heard)


class MutedTests(DispatchTestCase):
    def test_named_receivers_hear_nothing_inside(self):
        with muted(self.signal, self.a, self.c):
            self.assertEqual(self.hear(), "b")
        self.assertEqual(self.hear(), "abc")

    def test_all_receivers_hear_nothing_if_none_is_named(self):
        with muted(self.signal):
            self.assertEqual(self.hear(), "")
            self.assertEqual(self.signal.send_robust(User), [])
        self.assertEqual(self.hear(), "abc")

    def test_all_kinds_of_sending_pass_them_over(self):
        async def listen(**kwargs):
            self.heard.append("async")

        self.signal.connect(listen)
        with muted(self.signal, self.b, listen):
            for method in (self.signal.asend, self.signal.asend_robust):
                self.heard.clear()
                responses = asyncio.run(method(User))
                self.assertEqual(self.heard, ["a", "c"])
                self.assertEqual([receiver for receiver, _ in responses], [self.a, self.c])
        self.assertEqual(self.hear(), "abcasync")

    def test_the_list_of_receivers_is_what_it_was(self):
        self.signal.connect(self.a.hear, sender=User)
        self.signal.connect(self.b.hear, sender=User, dispatch_uid="uid", weak=False)
        before = connections_of(self.signal)
        with muted(self.signal):
            for (key, *_), (real, *_) in zip(connections_of(self.signal), before, strict=True):
                self.assertIs(key == real, True)
                self.assertIs(key != real, False)
        self.assertEqual(connections_of(self.signal), before)
        for entry, old in zip(connections_of(self.signal), before, strict=True):
            self.assertIs(type(entry[0]), tuple)
            self.assertIs(entry[1], old[1])

    def test_has_listeners_tells_the_truth(self):
        with muted(self.signal, self.a):
            self.assertIs(self.signal.has_listeners(User), True)
        with muted(self.signal):
            self.assertIs(self.signal.has_listeners(User), False)
            self.assertIs(self.signal.has_listeners(Group), False)
        self.assertIs(self.signal.has_listeners(User), True)

    def test_an_exception_passes_through_and_all_are_back(self):
        with self.assertRaisesMessage(ValueError, "inside"), muted(self.signal):
            raise ValueError("inside")
        self.assertEqual(self.hear(), "abc")

    def test_blocks_inside_each_other(self):
        with muted(self.signal, self.b):
            with muted(self.signal, self.a, self.b):
                self.assertEqual(self.hear(), "c")
            self.assertEqual(self.hear(), "ac")
            with muted(self.signal):
                self.assertEqual(self.hear(), "")
            self.assertEqual(self.hear(), "ac")
        self.assertEqual(self.hear(), "abc")

    def test_a_receiver_is_heard_again_when_the_last_of_overlapping_blocks_ends(self):
        first, second = muted(self.signal, self.a, self.b), muted(self.signal, self.b, self.c)
        first.__enter__()
        second.__enter__()
        self.assertEqual(self.hear(), "")
        first.__exit__(None, None, None)
        self.assertEqual(self.hear(), "a")
        second.__exit__(None, None, None)
        self.assertEqual(self.hear(), "abc")

    def test_order_holds_whichever_block_ends_first(self):
        for ending in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1]):
            blocks = [muted(self.signal, ear) for ear in self.ears]
            for block in blocks:
                block.__enter__()
            for index in ending:
                blocks[index].__exit__(None, None, None)
            self.assertEqual(self.hear(), "abc", ending)

    def test_receivers_connected_meanwhile_are_heard_and_come_last(self):
        late = Ear("d", self.heard)
        with muted(self.signal):
            self.signal.connect(late)
            self.assertEqual(self.hear(), "d")
        self.assertEqual(self.hear(), "abcd")

    def test_a_receiver_disconnected_meanwhile_stays_away(self):
        with muted(self.signal, self.a, self.b):
            self.assertIs(self.signal.disconnect(self.b), True)
            self.assertIs(self.signal.disconnect(self.b), False)
            self.assertIs(self.signal.disconnect(self.c), True)
            self.assertEqual(self.hear(), "")
        self.assertEqual(self.hear(), "a")

    def test_a_muted_receiver_that_is_connected_again_stays_muted_and_single(self):
        """As when a module that connects is imported, or ready() runs, inside the block."""
        self.signal.connect(self.a.hear, dispatch_uid="uid")
        with muted(self.signal):
            self.signal.connect(self.a)
            self.signal.connect(self.b.hear, dispatch_uid="uid")
            self.assertEqual(self.hear(), "")
        self.assertEqual(self.hear(), "abca.hear")

    def test_a_weak_receiver_that_dies_meanwhile_is_gone(self):
        with muted(self.signal):
            del self.b
            self.ears.clear()
            gc.collect()
            self.assertEqual(self.hear(), "")
        self.assertEqual(self.hear(), "ac")
        self.assertEqual(len(connections_of(self.signal)), 2)

    def test_weak_receivers_stay_weak_and_strong_ones_strong(self):
        self.signal.connect(Ear("strong", self.heard), weak=False)
        with muted(self.signal):
            gc.collect()
        self.assertEqual(self.hear(), "abcstrong")
        del self.a
        self.ears.clear()
        gc.collect()
        self.assertEqual(self.hear(), "bcstrong")

    def test_methods_and_dispatch_uids_are_muted_by_their_function(self):
        self.signal.connect(self.a.hear)
        self.signal.connect(self.b.hear, dispatch_uid="uid")
        with muted(self.signal, self.a.hear, self.b.hear):
            self.assertEqual(self.hear(), "abc")
        self.assertEqual(self.hear(), "abca.hearb.hear")
        self.assertIs(self.signal.disconnect(dispatch_uid="uid"), True)

    def test_a_receiver_is_muted_for_all_its_senders_or_for_one(self):
        signal, ear = Signal(), self.a
        signal.connect(ear, sender=User)
        signal.connect(ear, sender=Group)
        signal.connect(self.b)
        self.signal = signal
        with muted(signal, ear):
            self.assertEqual((self.hear(User), self.hear(Group)), ("b", "b"))
        with muted(signal, ear, sender=User):
            self.assertEqual((self.hear(User), self.hear(Group)), ("b", "ab"))
        with muted(signal, sender=User):
            self.assertEqual((self.hear(User), self.hear(Group)), ("b", "ab"))
        self.assertEqual((self.hear(User), self.hear(Group)), ("ab", "ab"))

    def test_a_receiver_that_is_not_connected_is_passed_over(self):
        with muted(self.signal, Ear("d", self.heard)):
            self.assertEqual(self.hear(), "abc")
        self.assertEqual(self.hear(), "abc")

    def test_a_decorated_function_is_muted_on_every_call(self):
        @muted(self.signal, self.a)
        def work():
            return self.hear()

        self.assertEqual((work(), self.hear(), work(), self.hear()), ("bc", "abc", "bc", "abc"))

    def test_other_threads_are_muted_too(self):
        with muted(self.signal, self.a):
            thread = threading.Thread(target=self.hear)
            thread.start()
            thread.join()
        self.assertEqual(self.heard, ["b", "c"])

    def test_threads_that_mute_at_once_leave_everything_as_it_was(self):
        def work(number):
            for _ in range(200):
                with muted(self.signal, self.ears[number % 3]), muted(self.signal):
                    self.signal.send(User)

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.hear(), "abc")

    def test_whatever_happens_the_order_is_that_of_connecting(self):
        """Random steps, compared with a list of names and a count of blocks for each."""
        for seed in range(100):
            with self.subTest(seed=seed):
                self.check_random_steps(random.Random(seed))

    def check_random_steps(self, chance):
        self.signal = Signal(use_caching=self.use_caching)
        ears = {name: Ear(name, self.heard) for name in "abcdef"}
        connected, blocks = [], []
        for _ in range(60):
            name = chance.choice("abcdef")
            step = chance.choice(["connect", "connect", "disconnect", "mute", "mute all", "end"])
            if step == "connect":
                self.signal.connect(ears[name])
                if name not in connected:
                    connected.append(name)
                    blocks = [(block, names - {name}) for block, names in blocks]
            elif step == "disconnect":
                self.assertIs(self.signal.disconnect(ears[name]), name in connected)
                if name in connected:
                    connected.remove(name)
            elif step == "end" and blocks:
                blocks.pop(chance.randrange(len(blocks)))[0].__exit__(None, None, None)
            elif step.startswith("mute"):
                names = {name} if step == "mute" else set(connected)
                block = muted(self.signal, *([ears[name]] if step == "mute" else []))
                block.__enter__()
                blocks.append((block, names & set(connected)))
            silent = set().union(*(names for _, names in blocks))
            expected = [name for name in connected if name not in silent]
            self.assertEqual(self.hear(), "".join(expected))
            self.assertIs(self.signal.has_listeners(User), bool(expected))
        for block, _ in blocks:
            block.__exit__(None, None, None)
        self.assertEqual(self.hear(), "".join(connected))


class MutedWithCacheTests(MutedTests):
    """The same for a signal that remembers which receivers a sender has, as those of models do."""

    use_caching = True


class MutedModelTests(TestCase):
    def test_no_profile_is_made_inside(self):
        with muted(post_save, create_profile):
            ada = User.objects.create_user("ada")
            self.assertIs(Profile.objects.filter(user=ada).exists(), False)
        bob = User.objects.create_user("bob")
        self.assertIs(Profile.objects.filter(user=bob).exists(), True)

    def test_a_model_may_be_named_by_a_string(self):
        signal, heard = ModelSignal(use_caching=True), []
        ear = Ear("a", heard)
        signal.connect(ear, sender="users.Profile")
        with muted(signal, sender="users.Profile"):
            signal.send(Profile)
        self.assertEqual(heard, [])
        signal.send(Profile)
        self.assertEqual(heard, ["a"])

    def test_rows_are_deleted_unread_again_inside(self):
        def watch(**kwargs):
            pass

        links = Profile.interests.through
        pre_delete.connect(watch, sender=links)
        self.addCleanup(pre_delete.disconnect, watch, sender=links)
        profile = User.objects.create_user("ada").profile
        profile.interests.add(Interest.objects.create(name="chess"))
        with muted(pre_delete, watch), self.assertNumQueries(1):
            links.objects.all().delete()
        profile.interests.add(Interest.objects.get())
        with self.assertNumQueries(2):
            links.objects.all().delete()


class SentTests(DispatchTestCase):
    def test_each_call_is_recorded_with_sender_and_arguments(self):
        with sent(self.signal) as calls:
            self.signal.send(User, number=1)
            self.signal.send_robust(sender=None, number=2)
        self.signal.send(User, number=3)
        self.assertEqual(calls, [(User, {"number": 1}), (None, {"number": 2})])
        self.assertEqual([(call.signal, call.sender) for call in calls], [(self.signal, User), (self.signal, None)])
        self.assertEqual(calls[0].kwargs["number"], 1)

    def test_nothing_sent_is_an_empty_list(self):
        with sent(self.signal) as calls:
            pass
        self.assertEqual(calls, [])

    def test_only_the_sender_asked_for_is_recorded(self):
        with sent(self.signal, sender=User) as calls:
            self.signal.send(User)
            self.signal.send(Group)
        self.assertEqual([call.sender for call in calls], [User])

    def test_several_signals_share_one_list_in_the_order_of_sending(self):
        other = Signal()
        with sent(self.signal, other) as calls:
            other.send(User)
            self.signal.send(User)
            other.send(Group)
        self.assertEqual([call.signal for call in calls], [other, self.signal, other])

    def test_a_call_stands_before_what_its_receivers_send(self):
        inner = Signal()

        def pass_on(sender, **kwargs):
            inner.send(sender)

        self.signal.connect(pass_on)
        with sent(inner, self.signal) as calls:
            self.signal.send(User)
        self.assertEqual([call.signal for call in calls], [self.signal, inner])

    def test_a_call_is_recorded_though_a_receiver_raises(self):
        def fail(**kwargs):
            raise ValueError("receiver")

        self.signal.connect(fail)
        with self.assertRaisesMessage(ValueError, "receiver"), sent(self.signal) as calls:
            self.signal.send(User)
        self.assertEqual(len(calls), 1)
        self.assertEqual(len(connections_of(self.signal)), 4)

    def test_the_receivers_are_what_they_were(self):
        before = connections_of(self.signal)
        with sent(self.signal) as calls, sent(self.signal, sender=User) as more:
            self.assertEqual(self.hear(), "abc")
        self.assertEqual(connections_of(self.signal), before)
        self.assertEqual((len(calls), len(more)), (1, 1))

    def test_nothing_stays_connected_when_a_signal_can_not_be_connected(self):
        with self.assertRaises(AttributeError), sent(self.signal, None):
            self.fail("This is not reached.")
        self.assertEqual(len(connections_of(self.signal)), 3)

    def test_asynchronous_sending_is_recorded(self):
        with sent(self.signal) as calls:
            asyncio.run(self.signal.asend(User, number=1))
        self.assertEqual(calls, [(User, {"number": 1})])

    def test_what_other_threads_send_is_recorded(self):
        with sent(self.signal) as calls:
            thread = threading.Thread(target=self.signal.send, args=[User])
            thread.start()
            thread.join()
        self.assertEqual([call.sender for call in calls], [User])

    def test_a_muted_signal_records_nothing(self):
        with sent(self.signal) as calls, muted(self.signal):
            self.signal.send(User)
        self.assertEqual(calls, [])

    def test_recording_inside_a_muted_block_is_not_muted(self):
        with muted(self.signal), sent(self.signal) as calls:
            self.assertEqual(self.hear(), "")
        self.assertEqual([call.sender for call in calls], [User])

    def test_what_was_recorded_is_let_go_with_the_list(self):
        """With DEBUG, Django keeps the functions that were connected last."""
        for debug in (True, False):
            with self.subTest(debug=debug), override_settings(DEBUG=debug):
                instance = Ear("instance", self.heard)
                remembered = weakref.ref(instance)
                with sent(self.signal) as calls:
                    self.signal.send(User, instance=instance)
                del calls, instance
                gc.collect()
                self.assertIsNone(remembered())


class SentModelTests(TestCase):
    def test_the_saves_of_a_registration_in_their_order(self):
        with sent(pre_save, post_save, sender=User) as users, sent(post_save, sender="users.Profile") as profiles:
            ada = User.objects.create_user("ada")
        self.assertEqual([call.signal for call in users], [pre_save, post_save])
        self.assertEqual([call.kwargs["instance"] for call in users], [ada, ada])
        self.assertEqual([call.kwargs["created"] for call in profiles], [True])

    def test_blocks_of_both_kinds_leave_the_project_as_it_was(self):
        before = connections_of(post_save)
        with ExitStack() as stack:
            stack.enter_context(muted(post_save))
            stack.enter_context(sent(post_save))
            stack.enter_context(muted(post_save, create_profile, sender=User))
            User.objects.create_user("ada")
        self.assertEqual(connections_of(post_save), before)
