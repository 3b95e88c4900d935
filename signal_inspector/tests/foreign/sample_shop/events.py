"""Signals that are held in a class and in a table."""

from django.dispatch import Signal


class Events:
    paid = Signal()


TABLE = {"shipped": Signal()}
