"""
What do the receivers cost a save of a user that changes nothing which they watch?

    python benchmarks/saves.py [--rounds 3000] [--database-url URL]

A save with the receivers of pre_save and post_save and one with none take turns, on a file with the project's
settings. Each save is a transaction of its own, as in a request without atomic().
"""

from _setup import Verdict, databases, in_turns, parser

FULL, UNWATCHED = 2.0, 1.05
WITH, WITHOUT = "with the receivers", "without"


class Switch:
    """Take all receivers off the signals of a save, and put them back."""

    def __init__(self):
        from django.db.models.signals import post_save, pre_save

        self.signals = (pre_save, post_save)
        self.states = {WITH: [(signal.receivers, signal.sender_receivers_cache) for signal in self.signals]}
        self.states[WITHOUT] = [([], type(cache)()) for _, cache in self.states[WITH]]

    def __call__(self, state):
        """Set one of the two states: the receivers, and what the signal remembers of them."""
        for signal, (receivers, cache) in zip(self.signals, self.states[state], strict=True):
            signal.receivers, signal.sender_receivers_cache = receivers, cache


def main():
    """Measure, print, and end with 1 if a budget was missed."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3000)
    options = options.parse_args()
    verdict = Verdict()
    with databases(options.database_url):
        from django.contrib.auth import get_user_model

        users = get_user_model().objects
        users.create_user("ada", "ada@example.com")
        bare, loaded = users.get(), users.select_related("profile").get()
        cases = {
            "save()": (bare.save, FULL),
            "save(), the profile is loaded": (loaded.save, FULL),
            "save(update_fields=['last_login'])": (lambda: bare.save(update_fields=["last_login"]), UNWATCHED),
        }
        switch = Switch()
        for text, (save, limit) in cases.items():
            taken = in_turns({WITH: save, WITHOUT: save}, options.rounds, warm_up=100, before=switch)
            print(f"{text}: {taken[WITH] * 1e6:.0f} microseconds, without receivers {taken[WITHOUT] * 1e6:.0f}")
            verdict.at_most(f"{text}, ratio", taken[WITH] / taken[WITHOUT], limit)
        switch(WITH)
    verdict.exit()


if __name__ == "__main__":
    main()
