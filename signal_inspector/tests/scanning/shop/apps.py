from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "signal_inspector.tests.scanning.shop"
    label = "scanned_shop"
    default_auto_field = "django.db.models.BigAutoField"
