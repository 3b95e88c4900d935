"""Remove the files of pictures that no profile uses any more. Nothing here ever breaks the action it follows."""

import logging

from django.db import DatabaseError, connections, router

from users.models import Profile
from users.pictures.normalising import DIRECTORY

logger = logging.getLogger(__name__)

storage = Profile._meta.get_field("image").storage


def remove_unused(name):
    """
    Remove a stored file if no profile uses it, and tell whether it was removed. "" is no file.

    The database is asked, not the instance: the row may have got the old picture back, or a copy may share it. A
    failure is logged; ``clean_orphan_images`` finds the file again.
    """
    try:
        if not name or used([name]):
            return False
        storage.delete(name)
    except Exception:
        logger.exception("The file %r was not removed.", name)
        return False
    return True


def used(names):
    """
    Return those of some names that a profile on any database uses. One query for each database.

    Raises:
        DatabaseError: if a database can't be asked, or if none has the table of profiles. An address of the wrong
            database must not make all files look unused.
    """
    answers = [_used_on(alias, names) for alias in connections if router.allow_migrate_model(alias, Profile)]
    answers = [answer for answer in answers if answer is not None]
    if not answers:
        raise DatabaseError("No database has the table of profiles, so it is unknown which files are used.")
    return set().union(*answers)


def _used_on(alias, names):
    rows = Profile._base_manager.using(alias).filter(image__in=names).order_by().values_list("image", flat=True)
    try:
        return list(rows)
    except DatabaseError:
        if Profile._meta.db_table in connections[alias].introspection.table_names():
            raise
        return None  # a database without the app's tables uses no file


def orphans(batch_size=500):
    """
    Yield the names of stored pictures that no profile uses.

    Raises:
        NotImplementedError: if the storage can't list its files.
    """
    try:
        names = [f"{DIRECTORY}{name}" for name in storage.listdir(DIRECTORY)[1]]
    except FileNotFoundError:
        return
    for start in range(0, len(names), batch_size):
        batch = names[start : start + batch_size]
        in_use = used(batch)
        yield from (name for name in batch if name not in in_use)
