from lessons.exhibits import uid
from lessons.tests.exhibits.support import ExhibitTestCase


class UidTests(ExhibitTestCase):
    def test_the_second_one_is_dropped(self):
        self.assertGoesWrong(uid, "Called: write_log.", called=["write_log"])

    def test_each_under_its_own_is_called_once(self):
        self.assertHolds(uid, "Called: write_log, send_invoice.", called=["write_log", "send_invoice"])
