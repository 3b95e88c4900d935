"""Links to the inspector's bench, where what a lesson shows is chosen already, with models of this project."""

from django.conf import settings
from django.urls import NoReverseMatch, reverse

NEW_USER = {"do": "create", "model": settings.AUTH_USER_MODEL}
REGISTRATION = {"do": "story", "story": "a registration"}
LOGIN = {"do": "story", "story": "a login"}
CREATE_PROFILE = "at~django.db.models.signals.post_save~users.signals.create_profile"
LOG_REGISTRATION = "at~users.events.user_registered~activity.signals.log_registration"
SENT_BY = "send~users.events.user_registered"

# By the name of an exhibit or a question; a question without a line of its own has that of its exhibit, if any.
CHOICES = {
    "login": LOGIN,
    "mail": {**REGISTRATION, CREATE_PROFILE: "raise"},
    "failing": {**NEW_USER, CREATE_PROFILE: "raise"},
    "bulk": {"do": "bulk_create", "model": settings.AUTH_USER_MODEL},
    "itself": NEW_USER,
    "stale": {"do": "save", "model": settings.AUTH_USER_MODEL},
    "weak": {**NEW_USER, CREATE_PROFILE: "off"},
    "uid": {**NEW_USER, CREATE_PROFILE: "off"},
    "spy": {"do": "delete", "model": settings.AUTH_USER_MODEL},
    "twice": REGISTRATION,
    "together": {**REGISTRATION, SENT_BY: "send", LOG_REGISTRATION: "raise"},
    "what_sender_means": {"do": "create", "model": "auth.Group"},
    "in_which_order": {**NEW_USER, CREATE_PROFILE: "later"},
    "are_they_asynchronous": {**NEW_USER, CREATE_PROFILE: "wait"},
    "turn_them_off": {**NEW_USER, CREATE_PROFILE: "off"},
    "who_listens": NEW_USER,
    "send_my_own": {**REGISTRATION, LOG_REGISTRATION: "raise"},
    "stage": {**REGISTRATION, CREATE_PROFILE: "raise"},
}


def link(*names):
    """
    Return the address of the bench with the choice of a lesson.

    Args:
        *names (str): of exhibits or questions, of which the first one with a choice counts. None at all: the bench.

    Returns:
        The address, "" where there is no bench or none of the names has a choice.
    """
    found = next((CHOICES[name] for name in names if name in CHOICES), None if names else {})
    try:
        return "" if found is None else reverse("signal_inspector:try", query=found)
    except NoReverseMatch:
        return ""
