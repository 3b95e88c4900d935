"""Lock an account: a user and the profile, in this order everywhere, so that nobody deadlocks."""

from django.contrib.auth import get_user_model
from django.db import connections


def lock_account(model, pk, using):
    """
    Lock a user, then the profile, where the database has locks and there is a transaction to hold them.

    Args:
        model (type): the profile model.
        pk (object): the primary key of the user.
        using (str): alias of the database.

    Returns:
        bool: whether they are locked.
    """
    connection = connections[using]
    if not (connection.features.has_select_for_update and connection.in_atomic_block):
        return False
    users = get_user_model()._base_manager
    for rows in (users.using(using).filter(pk=pk), model._base_manager.using(using).filter(user=pk)):
        rows.select_for_update().values("pk").first()
    return True


def stored_picture(model, pk, using):
    """
    Return the stored name of the picture of a profile that is about to be deleted, "" if there is none.

    Django deletes a user's profile before it says that the user goes. So the account is locked here already, and
    looked at again: somebody may have replaced the picture in between.

    Args:
        model (type): the profile model.
        pk (object): the primary key of the profile.
        using (str): alias of the database.
    """
    rows = model._base_manager.using(using).filter(pk=pk).values("image", "user_id")
    row = rows.first()
    if row and lock_account(model, row["user_id"], using):
        row = rows.first()
    return row["image"] if row else ""
