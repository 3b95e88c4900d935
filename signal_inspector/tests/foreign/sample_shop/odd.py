"""Receivers that people ask about: why was it not called?"""

from functools import partial, wraps

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import Signal, receiver

from sample_shop import models
from sample_shop.models import (
    Author,
    Book,
    Club,
    Customer,
    Line,
    Membership,
    Note,
    Novel,
    Poster,
    Printed,
    Tag,
)

UID = "sample_shop.constant"
APP = "sample_shop"
TOLD = []


def unwrapped(function):
    """Decorate without functools.wraps."""

    def wrapper(sender, **kwargs):
        if kwargs.get("created"):
            function(sender, **kwargs)

    return wrapper


def wrapped(function):
    """Decorate with it."""

    @wraps(function)
    def wrapper(sender, **kwargs):
        return function(sender, **kwargs)

    return wrapper


class FieldSignal(Signal):
    """A signal that wraps its receivers, and sends where a field has changed, as django-fieldsignals does."""

    def connect(self, receiver, sender, fields):
        def proxy(instance, **kwargs):
            if instance.name in fields:
                receiver(instance=instance, **kwargs)

        proxy._original_receiver = receiver
        proxy.__name__ = receiver.__name__
        super().connect(proxy, sender=sender, weak=False)
        post_save.connect(self.pass_on, sender=sender, dispatch_uid="sample_shop.pass_on")

    def pass_on(self, sender, instance, **kwargs):
        self.send(sender, instance=instance)


name_changed = FieldSignal()


def hear_tag(sender, **kwargs): ...
def copy_gone(sender, **kwargs): ...
def loan_saved(sender, **kwargs): ...
def loan_gone(sender, **kwargs): ...
def hear_award_gone(sender, **kwargs): ...
def hear_every_save(sender, **kwargs): ...
def hear_line(sender, **kwargs): ...
def hear_printed(sender, **kwargs): ...
def hear_novel(sender, **kwargs): ...
def hear_poster(sender, **kwargs): ...
def hear_poster_gone(sender, **kwargs): ...
def hear_book_gone(sender, **kwargs): ...
def hear_book_saved(sender, **kwargs): ...
def hear_note_gone(sender, **kwargs): ...
def hear_members(sender, **kwargs): ...
def hear_membership(sender, **kwargs): ...
def hear_login(sender, **kwargs): ...
def hear_club_gone(sender, **kwargs): ...
def hear_failure(sender, **kwargs): ...
def hear_sometimes(sender, **kwargs): ...
def hear_in_a_loop(sender, **kwargs): ...
def hear_after_a_try(sender, **kwargs): ...
def first_of_constant(sender, **kwargs): ...
def second_of_constant(sender, **kwargs): ...
def second_of_f_string(sender, **kwargs): ...
def second_of_sum(sender, **kwargs): ...
def hear_by_partial(number, sender, **kwargs): ...
def hear_by_lambda(sender, **kwargs): ...
def hear_name(instance, **kwargs): ...


@unwrapped
def hear_unwrapped(sender, **kwargs): ...


@receiver(post_save, sender=Author)
@unwrapped
def hear_author(sender, **kwargs): ...


@receiver(post_save, sender=Author)
@unwrapped
def hear_author_too(sender, **kwargs): ...


@receiver(post_save, sender=Club)
@wrapped
def hear_club(sender, **kwargs): ...


def refuse_poster(sender, instance, **kwargs):
    if instance.name == "no":
        raise ValueError("refused")


def refuse_deletion(sender, instance, **kwargs):
    raise PermissionError("kept")


def refuse_author(sender, instance, **kwargs):
    if instance.name == "no":
        raise ValueError("refused")


class Audit:
    """An object whose __call__ is asynchronous."""

    async def __call__(self, sender, **kwargs):
        TOLD.append("audit")

    async def note(self, sender, **kwargs):
        TOLD.append("note")


class Counter:
    """An object whose __call__ is a generator."""

    def __call__(self, sender, **kwargs):
        yield TOLD.append("counter")


def hear_and_yield(sender, **kwargs):
    yield TOLD.append("yield")


def hear_and_promise(sender, **kwargs):
    return audit.note(sender)


audit, counter = Audit(), Counter()

if getattr(settings, "SHOP_FEATURE", False):
    post_save.connect(hear_sometimes, sender=Tag)

for _model in getattr(settings, "SHOP_MODELS", ()):
    post_save.connect(hear_in_a_loop, sender=_model)

try:
    import no_such_module  # noqa: F401

    post_save.connect(hear_after_a_try, sender=Tag)
except ImportError:
    pass


def connect_all():
    post_save.connect(hear_tag, sender=Tag)
    post_save.connect(hear_every_save)
    post_save.connect(hear_line, sender=Line)
    post_save.connect(hear_printed, sender=Printed)
    post_save.connect(hear_novel, sender=Novel)
    pre_save.connect(refuse_poster, sender=Poster)
    post_save.connect(hear_poster, sender=Poster)
    post_delete.connect(hear_poster_gone, sender=Poster)
    post_delete.connect(hear_book_gone, sender=Book)
    post_save.connect(hear_book_saved, sender=Book)
    post_delete.connect(hear_note_gone, sender=Note)
    m2m_changed.connect(hear_members, sender=Club.members.through)
    post_save.connect(hear_membership, sender=Membership)
    user_logged_in.connect(hear_login, sender=Customer)
    user_login_failed.connect(hear_failure)
    post_save.connect(first_of_constant, sender=Tag, dispatch_uid=UID)
    post_save.connect(second_of_constant, sender=Tag, dispatch_uid=UID)
    post_save.connect(second_of_f_string, sender=Tag, dispatch_uid=f"{APP}.constant")
    post_save.connect(second_of_sum, sender=Tag, dispatch_uid=APP + ".constant")
    post_save.connect(partial(hear_by_partial, 1), sender=Tag)
    post_save.connect(lambda sender, **kwargs: hear_by_lambda(sender, **kwargs), sender=Tag)
    post_save.connect(hear_unwrapped, sender=Tag)
    name_changed.connect(hear_name, sender=Tag, fields=["new"])
    pre_save.connect(refuse_author, sender=Author)
    post_save.connect(audit, sender=Novel)
    post_save.connect(audit.note, sender=Novel)
    post_save.connect(counter, sender=Novel)
    post_save.connect(hear_and_yield, sender=Novel)
    post_save.connect(hear_and_promise, sender=Novel)
    pre_delete.connect(refuse_deletion, sender=Club)
    post_delete.connect(hear_club_gone, sender=Club)
    post_delete.connect(hear_award_gone, sender=models.Award)
    if hasattr(models, "Shelf"):
        post_delete.connect(copy_gone, sender=models.Copy)
        post_save.connect(loan_saved, sender=models.Loan)
        post_delete.connect(loan_gone, sender=models.Loan)
