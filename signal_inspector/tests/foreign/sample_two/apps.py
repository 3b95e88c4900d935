"""Two configurations of an app: one is used, and the other connects its receivers."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class ConnectingConfig(AppConfig):
    name = "sample_two"

    def ready(self):
        from sample_two import handlers, signals  # noqa: F401

        post_save.connect(handlers.hear_in_ready, sender="sample_shop.Tag")


class UsedConfig(AppConfig):
    name = "sample_two"
    default = True
