"""A person's data as one ZIP: this app's own part, the picture, and what other apps answer."""

import io
import json
import logging
import zipfile

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


def build_export(user):
    """
    Return the bytes of a ZIP with ``data.json`` and the picture.

    Parts that could not be had are named under "missing" in the file, and the rest is there.

    Args:
        user (User): whose data it is.
    """
    profile = user.profile
    data = {
        "account": {name: getattr(user, name) for name in ACCOUNT_FIELDS},
        "profile": {
            **{name: getattr(profile, name) for name in PROFILE_FIELDS},
            "interests": [interest.name for interest in profile.interests.all()],
        },
        "missing": [],
    }
    for app, part in _parts(user):
        if part is None:
            data["missing"].append(app)
        else:
            data[app] = part
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        if profile.image:
            try:
                with profile.image.open() as image:
                    archive.writestr("picture.webp", image.read())
            except Exception:  # a lost file, or a storage that can't be reached, in its own words
                logger.exception("The picture of user %s is missing in an export.", user.pk)
                data["missing"].append("picture")
        archive.writestr("data.json", json.dumps(data, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
    return content.getvalue()


def _parts(user):
    """Yield the name of each app that answers, and its part, or None if it failed."""
    # Not type(user): request.user is a lazy object, and of its type nobody ever connected a receiver.
    answers = collecting_export.send_robust(sender=get_user_model(), instance=user, using=user._state.db)
    for receiver, answer in answers:
        config = apps.get_containing_app_config(getattr(receiver, "__module__", ""))
        name = config.label if config else "unknown"
        if isinstance(answer, Exception):
            yield name, None
            continue
        try:
            yield name, json.loads(json.dumps(answer, cls=DjangoJSONEncoder))
        except (TypeError, ValueError):
            logger.exception("The app %s answered with what JSON can't hold.", name)
            yield name, None
