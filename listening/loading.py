"""Tell what a fixture sets from what somebody does: ``m2m_changed`` says so from Django 6.1 on, by ``raw``."""

from functools import wraps
from inspect import currentframe

import django
from django.core.serializers.base import DeserializedObject

SAYS_RAW = django.VERSION >= (6, 1)


def unless_loaded(receiver):
    """
    Keep a receiver of ``m2m_changed`` from hearing what a fixture sets.

        @receiver(m2m_changed, sender=Post.tags.through, dispatch_uid="blog.announce_tags")
        @unless_loaded
        def announce_tags(sender, instance, action, **kwargs): ...
    """

    @wraps(receiver)
    def hear(sender, raw=False, **kwargs):
        if not raw and (SAYS_RAW or not is_loading()):
            receiver(sender, **kwargs)

    return hear


def is_loading():
    """
    Tell whether a fixture is being loaded by whoever has called this.

    For Django before 6.1, which does not tell of the relations that it sets after a row whose they are. A mark that a
    receiver leaves on the instance would cost each save of the model a call, and would outlive the fixture.
    """
    frame, code = currentframe(), DeserializedObject.save.__code__
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None
