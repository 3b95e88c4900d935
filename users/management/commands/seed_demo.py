"""Put demo accounts into the database, with pictures that are drawn here."""

import io
import random

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, make_password
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils.crypto import get_random_string
from PIL import Image, ImageDraw

from users.models import Interest
from users.taken import find_taken

User = get_user_model()

ADMIN = "admin"
# User name, first and last name, place, about, interests. All of them invented.
PEOPLE = (
    ("ada", "Ada", "Okafor", "Lagos", "Writes compilers, repairs radios.", ("Chess", "Electronics", "Running")),
    ("bruno", "Bruno", "Keller", "Basel", "Bakes bread at four in the morning.", ("Cooking", "Hiking")),
    ("chiara", "Chiara", "Moretti", "Torino", "Maps the city's trees.", ("Cycling", "Photography", "Hiking")),
    ("deniz", "Deniz", "Aydın", "İzmir", "Sails, teaches, sings in the second row.", ("Music", "Sailing")),
    ("emi", "Emi", "Tanaka", "Kobe", "Reads the manual first.", ("Chess", "Photography", "Reading")),
    ("fergus", "Fergus", "Byrne", "Galway", "Has a profile that only he can see.", ("Music", "Reading")),
)
PRIVATE = {"fergus"}
PASSWORD = "signals-demo"  # while DEBUG only


class Command(BaseCommand):
    """``manage.py seed_demo [--if-empty]``."""

    help = (
        "Makes an admin and a few people with pictures and interests; accounts that are there stay as they are, "
        "and nobody is made whose name or address is taken. "
        "While DEBUG is on they share a known password; otherwise each gets a random one, which is shown once."
    )
    accounts = (ADMIN, *(person[0] for person in PEOPLE))

    def add_arguments(self, parser):
        """Add the options."""
        parser.add_argument("--if-empty", action="store_true", help="Do nothing if there is any account.")

    def handle(self, *, if_empty, **options):
        """Make what is missing, and tell the logins."""
        made = {}
        try:
            if not (if_empty and User._base_manager.exists()):
                with transaction.atomic():
                    made = dict(self.seed())
            logins = made if not settings.DEBUG else self.demo_logins()
        except DatabaseError as error:
            raise CommandError(
                f'The accounts can\'t be reached. Has "manage.py migrate" been run? ({error})'
            ) from error
        if logins:
            self.stdout.write("Demo logins (name / password):")
        for name, password in logins.items():
            self.stdout.write(f"  {name} / {password}")
        if not made:
            self.stdout.write("No demo account was made: there are accounts already.")

    def seed(self):
        """Make the accounts that are missing; yield name and password of each."""
        passwords = new_passwords()
        if not find_taken({"username": ADMIN, "email": f"{ADMIN}@example.com"}):
            password, encoded = next(passwords)
            User.objects.create(
                username=ADMIN, email=f"{ADMIN}@example.com", password=encoded, is_staff=True, is_superuser=True
            )
            yield ADMIN, password
        for name, first, last, place, about, interests in PEOPLE:
            if find_taken({"username": name, "email": f"{name}@example.com"}):
                continue
            password, encoded = next(passwords)
            user = User.objects.create(
                username=name, email=f"{name}@example.com", password=encoded, first_name=first, last_name=last
            )
            profile = user.profile  # a signal made it
            profile.image = ContentFile(draw_picture(name), name="portrait.png")
            profile.location, profile.bio, profile.is_public = place, about, name not in PRIVATE
            profile.save()
            profile.interests.set([Interest.objects.get_or_create(name=interest)[0] for interest in interests])
            yield name, password

    def demo_logins(self):
        """Return name to password of the demo accounts that still have the known one."""
        encoded = dict(User._base_manager.filter(username__in=self.accounts).values_list("username", "password"))
        known = {password for password in {*encoded.values()} if check_password(PASSWORD, password)}
        return {name: PASSWORD for name in self.accounts if encoded.get(name) in known}


def new_passwords():
    """
    Yield a password and its hash for each new account: the known one in development, a random one elsewhere.

    The known one is hashed once: hashing is slow by design, and there is no secret that a salt would keep.
    """
    known = (PASSWORD, make_password(PASSWORD)) if settings.DEBUG else None
    while True:
        password = PASSWORD if known else get_random_string(20)
        yield known or (password, make_password(password))


def draw_picture(name, side=640):
    """Return the bytes of a PNG: a figure before a landscape, in colours that follow from the name."""
    chance = random.Random(name)
    hue = chance.randrange(360)
    image = Image.new("RGB", (side, side), f"hsl({hue}, 45%, 82%)")
    draw = ImageDraw.Draw(image)
    draw.ellipse([side * 0.62, side * 0.1, side * 0.84, side * 0.32], fill=f"hsl({(hue + 40) % 360}, 90%, 90%)")
    for depth in range(3):
        height = side * (0.62 + 0.1 * depth)
        ridge = [(side * step / 6, height - chance.random() * side * 0.16) for step in range(7)]
        draw.polygon([(0, side), *ridge, (side, side)], fill=f"hsl({hue}, 35%, {64 - 9 * depth}%)")
    skin, coat = f"hsl(28, 45%, {chance.randrange(35, 78)}%)", f"hsl({(hue + 180) % 360}, 50%, 38%)"
    hair = f"hsl({chance.randrange(15, 40)}, 40%, {chance.randrange(12, 45)}%)"
    draw.ellipse([side * 0.2, side * 0.68, side * 0.8, side * 1.4], fill=coat)
    draw.rounded_rectangle([side * 0.44, side * 0.55, side * 0.56, side * 0.74], side * 0.05, fill=skin)
    draw.ellipse([side * 0.325, side * 0.2, side * 0.675, side * 0.56], fill=hair)
    draw.ellipse([side * 0.35, side * 0.27, side * 0.65, side * 0.64], fill=skin)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
