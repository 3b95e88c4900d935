"""Receivers: of some that write, or save their own instance."""

import functools

from django.db import transaction

from .models import Line, Order


def creates(sender, instance, created, **kwargs):
    if created:
        Line.objects.create(order=instance)  # writes


def creates_in_a_function(sender, instance, **kwargs):
    make_line(instance)


def make_line(order):
    Line.objects.get_or_create(order=order)


def creates_by_a_method(sender, instance, **kwargs):
    instance.touch()


def saves_another(sender, instance, **kwargs):
    customer = instance.customer
    customer.save(update_fields=["name"])  # writes


def adds_later(sender, instance, **kwargs):
    transaction.on_commit(lambda: instance.lines.add(Line()))  # writes


def looks(sender, instance, raw, **kwargs):
    if not raw:
        Line.objects.create(order=instance)


def looks_into_kwargs(sender, instance, **kwargs):
    if kwargs["raw"]:
        return
    Line.objects.create(order=instance)


def gets(sender, instance, **kwargs):
    if not kwargs.get("raw", False):
        Line.objects.create(order=instance)


def hands_on(sender, instance, **kwargs):
    looks(sender, instance, **kwargs)
    Line.objects.create(order=instance)


def reads(sender, instance, **kwargs):
    instance.lines.count()
    kwargs["created"]
    {}.update(a=1)


def not_for_fixtures(function):
    @functools.wraps(function)
    def hear(*args, **kwargs):
        if not kwargs.get("raw"):
            function(*args, **kwargs)

    return hear


def counted(function):
    @functools.wraps(function)
    def hear(*args, **kwargs):
        return function(*args, **kwargs)

    return hear


@not_for_fixtures
def decorated(sender, instance, **kwargs):
    Line.objects.create(order=instance)


@counted
def decorated_without_a_look(sender, instance, **kwargs):
    Line.objects.create(order=instance)  # writes


def saves(sender, instance, **kwargs):
    instance.is_open = True
    instance.save()  # writes


def saves_an_alias(sender, **kwargs):
    order = kwargs["instance"]
    with transaction.atomic():
        order.save()  # writes


def saves_when_created(sender, instance, created, **kwargs):
    if created:
        instance.save()  # writes


def saves_unless_left(sender, instance, created, **kwargs):
    if not created:
        return
    instance.save()  # writes


def saves_by_a_method(sender, instance, **kwargs):
    instance.close()


def saves_a_new_one(sender, instance, **kwargs):
    instance = Order()
    instance.save()  # writes


def saves_later(sender, instance, **kwargs):
    def later():
        instance.save()  # writes

    transaction.on_commit(later)
