"""
What do the receivers cost a save of a user that changes nothing which they watch?

    python benchmarks/saves.py [--rounds 3000] [--database-url URL]

A save with the receivers of pre_save and post_save, one with none, and one with as many that do nothing take turns, on
a file with the project's settings. Each save is a transaction of its own, as in a request without atomic().
"""

from _setup import Verdict, databases, in_turns, parser

FULL, LOADED, UNWATCHED = 1.5, 2.0, 1.05
WITH, WITHOUT, EMPTY = "with the receivers", "without", "as many that do nothing"


class Switch:
    """
    Exchange the receivers of the signals of a save: the project's, none, or as many that do nothing.

    The last tell what Django's dispatcher takes by itself.
    """

    def __init__(self, sender):
        from django.db.models.signals import post_save, pre_save

        from signal_inspector.reading import private

        self.set_state = private.set_state
        self.signals = (pre_save, post_save)
        self.states = {WITH: [private.state_of(signal) for signal in self.signals]}
        counts = [len(private.receivers_of(signal, sender)[0]) for signal in self.signals]
        for state, numbers in ((WITHOUT, (0, 0)), (EMPTY, counts)):
            self.states[state] = [private.empty_state(signal) for signal in self.signals]
            self(state)
            for signal, number in zip(self.signals, numbers, strict=True):
                for uid in range(number):
                    signal.connect(do_nothing, sender=sender, dispatch_uid=uid)
        self(WITH)

    def __call__(self, state):
        """Set one of the states: the receivers, and what the signal remembers of them."""
        for signal, receivers in zip(self.signals, self.states[state], strict=True):
            self.set_state(signal, receivers)


def do_nothing(sender, **kwargs):
    """Receive a signal."""


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
            "save(), the profile is loaded": (loaded.save, LOADED),
            "save(update_fields=['last_login'])": (lambda: bare.save(update_fields=["last_login"]), UNWATCHED),
        }
        switch = Switch(get_user_model())
        for text, (save, limit) in cases.items():
            turns = dict.fromkeys((WITH, WITHOUT, EMPTY), save)
            taken = in_turns(turns, options.rounds, warm_up=100, before=switch)
            print(f"{text}: {', '.join(f'{state} {taken[state] * 1e6:.0f}' for state in turns)} microseconds")
            print(f"  {EMPTY}, ratio {taken[EMPTY] / taken[WITHOUT]:.2f}")
            verdict.at_most(f"{text}, ratio", taken[WITH] / taken[WITHOUT], limit)
        switch(WITH)
    verdict.exit()


if __name__ == "__main__":
    main()
