from lessons.exhibits import mail
from lessons.tests.exhibits.support import ExhibitTestCase


class MailTests(ExhibitTestCase):
    def test_a_mail_of_an_order_that_was_rolled_back_is_out(self):
        self.assertGoesWrong(mail, "2 mails, 1 order.", mails=2, orders=1)

    def test_after_the_commit_there_is_one_mail_for_one_order(self):
        side = self.assertHolds(mail, "1 mail, 1 order.", mails=1, orders=1)
        ran = [node.ran for node, _depth in side.trace.walk() if node.kind == "callback"]
        self.assertEqual(ran, [False, True])
