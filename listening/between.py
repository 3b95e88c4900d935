"""
Hand something on from a receiver of a ``pre_`` signal to a receiver of the ``post_`` signal.

    OLD_NAME = Between("old_name")
    OLD_NAME.leave(instance, name)      # in pre_save, which still finds the old row
    name = OLD_NAME.take(instance)      # in post_save
"""

MOST_WAITING = 10  # a save that fails leaves its entry behind, and one instance may fail any number of times


class Between:
    """
    A place on instances where one receiver leaves a value for another one.

    The instance holds it, so it goes when the instance goes, and two instances of one row never meet. A receiver may
    save the instance again in between: what waits is a stack, and each save takes its own entry, by a key.

    Args:
        name (str): what waits there; part of the attribute's name.
    """

    def __init__(self, name):
        self.attribute = f"_waiting_{name}"

    def leave(self, instance, value, key=None):
        """Leave a value on an instance, for whoever asks with an equal key."""
        waiting = instance.__dict__.get(self.attribute, ())
        instance.__dict__[self.attribute] = (*waiting, (key, value))[-MOST_WAITING:]

    def is_empty(self, instance):
        """Tell whether nothing waits on an instance, at the cost of a look into a dict."""
        return self.attribute not in instance.__dict__

    def take(self, instance, key=None, default=None):
        """Return the last value that was left with a key; forget it, and what saves left that failed since."""
        waiting = instance.__dict__.get(self.attribute, ())
        for number in range(len(waiting) - 1, -1, -1):
            if waiting[number][0] == key:
                if number:
                    instance.__dict__[self.attribute] = waiting[:number]
                else:
                    del instance.__dict__[self.attribute]
                return waiting[number][1]
        return default
