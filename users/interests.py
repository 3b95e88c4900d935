"""What changes of the relation between profiles and interests mean for each profile."""

from users.models import Interest, Profile

CLEARED = "_users_interests_to_clear"  # on an instance between pre_clear and post_clear


def interest_changes(instance, action, reverse, pk_set, using):
    """
    Yield a profile, its old and its new interests as sorted lists of names, for each profile that has changed.

    The arguments are those of ``m2m_changed``. ``clear()`` names no rows, so they are read before it.
    """
    if action == "pre_clear":
        setattr(instance, CLEARED, [(profile, names) for profile, names in _profiles(instance, reverse, None, using)])
    elif action == "post_clear":
        for profile, names in instance.__dict__.pop(CLEARED, ()):
            left = [name for name in names if reverse and name != instance.name]
            if left != names:
                yield profile, names, left
    elif action in ("post_add", "post_remove") and pk_set:
        chosen = [instance.name] if reverse else _names(Interest.objects.using(using).filter(pk__in=pk_set))
        for profile, names in _profiles(instance, reverse, pk_set, using):
            without, with_them = sorted({*names} - {*chosen}), sorted({*names, *chosen})
            yield (profile, without, with_them) if action == "post_add" else (profile, with_them, without)


def _profiles(instance, reverse, pk_set, using):
    """Return pairs of a profile and the sorted names of its interests, for the profiles that are concerned."""
    if not reverse:
        return [(instance, _names(instance.interests.using(using)))]
    profiles = Profile.objects.using(using).select_related("user").prefetch_related("interests")
    profiles = profiles.filter(interests=instance) if pk_set is None else profiles.filter(pk__in=pk_set)
    return [(profile, sorted(interest.name for interest in profile.interests.all())) for profile in profiles]


def _names(interests):
    return sorted(interests.values_list("name", flat=True))
