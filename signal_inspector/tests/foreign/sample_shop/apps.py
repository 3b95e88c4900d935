from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "sample_shop"

    def ready(self):
        from sample_shop import receivers

        receivers.connect_all()
