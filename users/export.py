"""
A person's data as one ZIP: this app's own part, the picture, and what other apps answer.

It leaves the process while it is made: a log of a hundred thousand lines takes the memory of one.
"""

import io
import json
import logging
import zipfile
from collections.abc import Iterator

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder

from users.events import collecting_export

logger = logging.getLogger(__name__)

ACCOUNT_FIELDS = ("username", "email", "first_name", "last_name", "date_joined", "last_login")
PROFILE_FIELDS = (
    "bio",
    "location",
    "website",
    "is_public",
    "email_verified_at",
    "created_at",
    "updated_at",
)
CHUNK = 64 * 1024  # bytes of the ZIP, before the next are made


def stream_export(user):
    """
    Return the bytes of a ZIP with ``data.json`` and the picture, in pieces that are made as they are asked for.

    Parts that could not be had, or that broke off, are named under "missing" at the end of the file. What the database
    refuses before the first piece is raised at once, while there can still be an answer that says so.

    Args:
        user (User): whose data it is.
    """
    profile = user.profile
    parts = {
        "account": {name: getattr(user, name) for name in ACCOUNT_FIELDS},
        "profile": {
            **{name: getattr(profile, name) for name in PROFILE_FIELDS},
            "interests": [interest.name for interest in profile.interests.all()],
        },
    }
    # Not type(user): request.user is a lazy object, and of its type nobody ever connected a receiver.
    answers = collecting_export.send_robust(sender=get_user_model(), instance=user, using=user._state.db)
    parts |= {_app_of(receiver): answer for receiver, answer in answers}
    return _archive(profile, parts)


async def one_by_one(pieces):
    """
    Yield what a generator yields, in asynchronous code, in the thread where its queries belong.

    Django, given a plain generator, would collect all that it yields before a server of ASGI sends anything.
    """
    try:
        while (piece := await sync_to_async(next)(pieces, None)) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close)()


class Outgoing(io.RawIOBase):
    """A file that is written to, and from which what was written is taken away."""

    def __init__(self):
        self.waiting = bytearray()

    def writable(self):
        """Return True, as ``zipfile`` asks. It can't seek: what was taken is gone."""
        return True

    def write(self, data):
        """Take bytes in."""
        self.waiting += data
        return len(data)

    def take(self):
        """Return what was written since the last time."""
        taken, self.waiting = bytes(self.waiting), bytearray()
        return taken


def _archive(profile, parts):
    """Yield the ZIP in pieces."""
    out, missing = Outgoing(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if profile.image:
            try:
                with profile.image.open() as image:
                    archive.writestr("picture.webp", image.read())
            except Exception:  # a lost file, or a storage that can't be reached, in its own words
                logger.exception("The picture of user %s is missing in an export.", profile.user_id)
                missing.append("picture")
        with archive.open("data.json", "w", force_zip64=True) as file:
            yield out.take()
            for text in _json(parts, missing):
                file.write(text.encode(errors="backslashreplace"))  # half a character, as JSON writes it
                if len(out.waiting) > CHUNK:
                    yield out.take()
    yield out.take()


def _json(parts, missing):
    """Yield an object of some parts, and at last the names of those that failed, as pieces of JSON."""
    yield "{\n"
    for name, part in parts.items():
        if isinstance(part, Exception):  # which send_robust() has logged
            missing.append(name)
            continue
        try:
            pieces = iter(_items(part)) if isinstance(part, Iterator) else iter([_text(part, indent=2)])
            first = next(pieces)
        except Exception:  # no JSON, or a query that is asked for the first time here
            logger.exception("The part of %s is missing in an export.", name)
            missing.append(name)
            continue
        yield f"{_text(name)}: {first}"
        try:
            yield from pieces
        except Exception:
            logger.exception("The part of %s breaks off in an export.", name)
            missing.append(name)
            yield "\n]"
        yield ",\n"
    yield f'"missing": {_text(missing)}\n}}\n'


def _items(items):
    """Yield a list as pieces of JSON, each of which ends with an item."""
    piece = "["
    for item in items:
        yield f"{piece}\n{_text(item)}"
        piece = ","
    yield f"{piece}\n]".removeprefix(",")


def _text(value, **options):
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, **options)


def _app_of(receiver):
    """Return the label of the app that a receiver is of."""
    config = apps.get_containing_app_config(getattr(receiver, "__module__", ""))
    return config.label if config else "unknown"
