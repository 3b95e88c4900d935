from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

welcomed = Signal()


@receiver(post_save, sender=User)
def join_newcomers(sender, instance, created, **kwargs):
    if created:
        instance.groups.add(Group.objects.get_or_create(name="newcomers")[0])
        transaction.on_commit(lambda: welcomed.send(User, instance=instance))


@receiver(welcomed)
def write_mail(sender, instance, **kwargs):
    return instance.email
