"""The demo accounts, and one more: somebody who is registered by the form, while a record goes on."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.crypto import get_random_string

from lessons.stage.recording import NotRecorded, record_registration
from users.management.commands import seed_demo
from users.taken import find_taken

USERNAME = "grace"


class Command(seed_demo.Command):
    """
    ``manage.py seed_demo [--if-empty]``.

    Of two commands of one name Django takes that of the app which stands first in INSTALLED_APPS.
    """

    help = f"{seed_demo.Command.help} One of them, {USERNAME}, is registered by the form: the stage shows that."
    accounts = (*seed_demo.Command.accounts, USERNAME)

    def handle(self, *, if_empty, **options):
        """Make what is missing, then register one person, unless the name or the address is taken."""
        is_done = if_empty and get_user_model()._base_manager.exists()
        super().handle(if_empty=if_empty, **options)
        address = f"{USERNAME}@example.com"
        if is_done or find_taken({"username": USERNAME, "email": address}):
            return
        password = seed_demo.PASSWORD if settings.DEBUG else get_random_string(20)
        try:
            record_registration(USERNAME, address, password)
        except NotRecorded as refusal:
            self.stderr.write(str(refusal))
            return
        self.stdout.write(f"  {USERNAME} / {password}  (registered by the form; {reverse('lessons:stage')} shows how)")
