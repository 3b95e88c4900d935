from django.db.models.signals import post_save
from django.dispatch import receiver


@receiver(post_save, sender="sample_shop.Tag")
def hear_elsewhere(sender, **kwargs):
    """Stand in a module that the other configuration imports."""
