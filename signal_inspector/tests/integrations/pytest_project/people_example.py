import pytest
from django.contrib.auth.models import Group, User
from django.db.models.signals import post_save


def test_a_user_joins_the_newcomers(db, assert_sent, assert_not_sent):
    with assert_sent(post_save, sender=User, count=1, created=True), assert_not_sent("people.signals.welcomed"):
        User.objects.create_user("ada")


def test_the_tree_is_this_one(db, assert_trace):
    with assert_trace("""
        post_save auth.User created
            people.signals.join_newcomers
                on_commit: people.signals.join_newcomers.<locals>.<lambda> (not run)
    """):
        User.objects.create_user("ada")


def test_the_tree_is_the_one_in_the_file(db, assert_trace):
    with assert_trace():
        User.objects.create_user("ada")


def test_a_user_is_welcomed_after_the_commit(db, signal_trace, signal_capture_on_commit_callbacks):
    with signal_capture_on_commit_callbacks(execute=True):
        User.objects.create_user("ada")
    signal_trace.assert_sent("people.signals.welcomed", sender=User, count=1)
    assert signal_trace.trace.counts()["callbacks"] == 1


def test_with_real_commits(transactional_db, signal_trace):
    with signal_trace() as trace:
        User.objects.create_user("ada")
    assert "people.signals.write_mail" in trace.as_text()


@pytest.mark.signal_budget(signals=1, receivers=1, queries=9)
def test_a_user_costs_this_much(db):
    User.objects.create_user("ada")


def test_a_group_costs_a_statement(db, assert_signal_budget):
    with assert_signal_budget(receivers=0, queries=1):
        Group.objects.create(name="editors")
