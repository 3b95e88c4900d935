from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "sample_shop"

    def ready(self):
        from sample_shop import odd, receivers

        receivers.connect_all()
        odd.connect_all()
