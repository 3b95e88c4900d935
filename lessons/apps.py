"""Configuration of the lessons app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LessonsConfig(AppConfig):
    """Pages that show signals at work, each by running what it tells of."""

    name = "lessons"
    verbose_name = _("Lessons")
