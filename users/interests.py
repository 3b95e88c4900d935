"""What changes of the relation between profiles and interests mean for each profile."""

from listening import Between
from users.models import Interest, Profile

GOING = Between("interests_that_go")


def interest_changes(instance, action, reverse, pk_set, using):
    """
    Yield a profile, its old and its new interests as sorted lists of names, for each profile that has changed.

    The arguments are those of ``m2m_changed``. What goes is read before it goes: ``clear()`` names no rows, and
    ``remove()`` names what was asked for, there or not. ``add()`` names what is new.
    """
    if action in ("pre_remove", "pre_clear"):
        chosen = None if pk_set is None else _chosen(instance, reverse, pk_set, using)
        rows = _profiles(instance, reverse, pk_set, using)
        going = [(profile, names, _without(names, chosen, instance, reverse)) for profile, names in rows]
        GOING.leave(instance, going, key=action.removeprefix("pre_"))
    elif action in ("post_remove", "post_clear"):
        going = GOING.take(instance, key=action.removeprefix("post_"), default=())
        yield from (change for change in going if change[1] != change[2])
    elif action == "post_add" and pk_set:
        chosen = _chosen(instance, reverse, pk_set, using)
        for profile, names in _profiles(instance, reverse, pk_set, using):
            yield profile, sorted({*names} - chosen), names


def _chosen(instance, reverse, pk_set, using):
    """Return the names of the interests that are added or removed."""
    return {instance.name} if reverse else {*_names(Interest.objects.using(using).filter(pk__in=pk_set))}


def _without(names, chosen, instance, reverse):
    """Return the names that are left; all of them go from a profile that is cleared."""
    if chosen is None:
        chosen = {instance.name} if reverse else {*names}
    return [name for name in names if name not in chosen]


def _profiles(instance, reverse, pk_set, using):
    """Return pairs of a profile and the sorted names of its interests, for the profiles that are concerned."""
    if not reverse:
        return [(instance, _names(instance.interests.using(using)))]
    profiles = Profile.objects.using(using).select_related("user").prefetch_related("interests")
    profiles = profiles.filter(interests=instance) if pk_set is None else profiles.filter(pk__in=pk_set)
    return [(profile, sorted(interest.name for interest in profile.interests.all())) for profile in profiles]


def _names(interests):
    return sorted(interests.values_list("name", flat=True))
