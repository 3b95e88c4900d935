"""Which interests a profile had before a transaction, and has after it."""

from itertools import islice

from listening import announce, gathered
from users.events import fields_changed
from users.models import Profile

BATCH = 500  # profiles a query


def note_interests(instance, reverse, pk_set, using):
    """
    Note the interests of the profiles whose interests are about to change; at the commit the changes are told.

    The first note of a transaction counts: ``set(clear=True)`` takes all and gives most of it back. What was noted is
    read from the rows, by key: an interest made of a primary key alone has no name.

    Args:
        instance, reverse, pk_set, using: as ``m2m_changed`` sends them. Without ``pk_set`` all that the instance has.
    """
    links = Profile.interests.through._base_manager.using(using)
    if not reverse:
        concerned = [instance.pk]
    elif pk_set is None:
        concerned = links.filter(interest=instance.pk).values("profile")
    else:
        concerned = pk_set
    before = {} if reverse and pk_set is None else {pk: {} for pk in concerned}
    rows = links.filter(profile__in=concerned).values_list("profile", "interest", "interest__name")
    for profile, interest, name in rows:
        before.setdefault(profile, {})[interest] = name
    noted = gathered(tell_changed_interests, using)
    for pk, names in before.items():
        noted.setdefault(pk, (None if reverse else instance, names))


def tell_changed_interests(noted, using):
    """Announce each profile whose interests are others than those that were noted, and that is still there."""
    waiting = iter(noted.items())
    while batch := dict(islice(waiting, BATCH)):
        now = {}
        rows = Profile._base_manager.using(using).filter(pk__in=batch)
        for profile, interest, name in rows.values_list("pk", "interests", "interests__name"):
            now.setdefault(profile, {}).update({interest: name} if interest is not None else {})
        changed = [pk for pk in batch if pk in now and now[pk].keys() != batch[pk][1].keys()]
        unknown = [pk for pk in changed if batch[pk][0] is None]
        loaded = rows.select_related("user").in_bulk(unknown) if unknown else {}
        for pk in changed:
            instance, before = batch[pk]
            changes = {"interests": (sorted(before.values()), sorted(now[pk].values()))}
            announce(fields_changed, sender=Profile, instance=instance or loaded[pk], changes=changes, using=using)
