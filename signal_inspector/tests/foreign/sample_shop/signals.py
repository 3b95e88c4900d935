"""A module that nobody imports."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from sample_shop.models import Order

raise AssertionError("This module was imported.")


@receiver(post_save, sender=Order)
def never_imported(sender, **kwargs):
    """Stand in a module that nobody imports."""
