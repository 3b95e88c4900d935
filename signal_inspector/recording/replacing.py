"""Methods of Django's classes that are replaced while somebody needs that, and put back afterwards."""

import threading


class Replacement:
    """
    Methods, and what stands in for them.

    Another tool may put its own over ours meanwhile, which then calls ours: to take ours out would take out theirs. So
    ours stay, pass straight through, and are there for the next record.

    Args:
        *methods (tuple): each a class, a module and names. The module has what stands in for the methods under the
            same names, and a namespace ``django`` for what was there before.
    """

    def __init__(self, *methods):
        self.methods = [(owner, module, name) for owner, module, names in methods for name in names]
        self._covered = set()  # class and name of those that stay in place
        self._lock, self._wanted = threading.Lock(), 0

    def install(self):
        """Put ours there, if they are not."""
        with self._lock:
            self._wanted += 1
            if self._wanted > 1:
                return
            for owner, module, name in self.methods:
                found = vars(owner)[name]
                if (owner, name) not in self._covered or found is getattr(module.django, name):
                    setattr(module.django, name, found)
                    setattr(owner, name, getattr(module, name))

    def uninstall(self):
        """Put back what was there, when nobody who had ours installed needs them any more."""
        with self._lock:
            self._wanted -= 1
            if self._wanted:
                return
            for owner, module, name in self.methods:
                if vars(owner)[name] is getattr(module, name):
                    setattr(owner, name, getattr(module.django, name))
                    self._covered.discard((owner, name))
                else:
                    self._covered.add((owner, name))
