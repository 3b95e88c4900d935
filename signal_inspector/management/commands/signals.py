"""List the signals of the process and who listens to them."""

import json
import shutil
from dataclasses import asdict
from difflib import get_close_matches

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, no_translations

from signal_inspector.connected import inventory, listing
from signal_inspector.management import scanned
from signal_inspector.trials.typed import Unclear, find_model


class Command(BaseCommand):
    """List signals and receivers, in the order in which they run."""

    help = (
        "Lists every signal in the process and its receivers in the order in which they run. Looking changes nothing: "
        "no module is imported, no query is sent. Ends with code 1 if nothing fits, or if something is new against a "
        "baseline."
    )
    requires_system_checks = []  # it helps to find out what they complain about

    def add_arguments(self, parser):
        """Add the filters and the format."""
        parser.add_argument(
            "name",
            nargs="?",
            default="",
            metavar="NAME",
            help='A part of a signal\'s name: "save" finds pre_save and post_save. If no signal fits, a part of a '
            "receiver's name.",
        )
        parser.add_argument(
            "--sender",
            metavar="MODEL",
            help="What happens to this model (auth.User, or User where one app alone has it), in the order of its "
            "life, then the other signals that are connected to it. Receivers of every sender are among them.",
        )
        parser.add_argument(
            "--app",
            metavar="APP",
            help="Receivers of this app alone, by its label, its name, or a package that holds it: auth, wagtail.",
        )
        parser.add_argument("--all", action="store_true", help="The inspector's own receivers, too.")
        parser.add_argument("--format", choices=["table", "text", "json", "mermaid", "sarif"], default="table")
        scanned.add_arguments(parser)

    @no_translations  # as Django's own commands: what is listed is marked for the pages
    def handle(self, *args, name, sender, app, format, all, **options):
        """Print what fits."""
        signals = inventory.all_signals()
        if scanned.is_asked_for(format, options):
            signals = inventory.of_receivers(signals, lambda each: each.is_in(app)) if app else signals
            signals = named(name, signals) if name else signals
            model = of_model(sender) if sender else None
            return scanned.report(self.stdout, signals, model, format, all, options)
        if not (all or asks_for_own(name) or asks_for_own(app or "")):
            signals = inventory.without_own(signals)
        known = signals
        if sender:
            signals = of_sender(sender, signals)
        if app:
            signals = inventory.of_receivers(signals, lambda receiver: receiver.is_in(app))
        signals = named(name, signals)
        if not signals:
            asked = [f'"{name}"'] * bool(name) + [f"--sender {sender}"] * bool(sender) + [f"--app {app}"] * bool(app)
            told = f"No signal and no receiver fits {' '.join(asked)}. Without arguments all are listed."
            raise CommandError(f"{told} {nearest(name, app or '', known)}".strip())
        if format == "json":
            self.stdout.write(json.dumps([asdict(signal) for signal in signals], indent=2, ensure_ascii=False))
        elif format == "mermaid":
            self.stdout.write("\n".join(listing.mermaid(signals)))
        else:
            width = shutil.get_terminal_size((100, 24)).columns
            self.stdout.write("\n".join(listing.table(signals, width, details=bool(name))))
            self.stdout.write(summary(signals))


def of_model(label):
    """Return the label of the model that a text names."""
    try:
        return (apps.get_model(label) if "." in label else find_model(label))._meta.label
    except (LookupError, ValueError, Unclear) as error:
        raise CommandError(str(error)) from error


def of_sender(label, signals):
    """Return what a sender's signals are, each with the receivers that hear it."""
    problem = f'There is no model "{label}", and no receiver waits for it.'
    try:
        return inventory.for_model(apps.get_model(label) if "." in label else find_model(label), signals)
    except (LookupError, ValueError):
        pass
    except Unclear as error:
        problem = str(error)
    # Not a model that is loaded: one that receivers wait for, or a sender of another kind.
    found = inventory.of_receivers(signals, lambda each: each.sender.lower() == label.lower())
    if not found:
        raise CommandError(problem)
    return found


def named(part, signals):
    """Return the signals with a part of a name, else those with a receiver of such a name, with these alone."""
    part = part.lower()
    found = [signal for signal in signals if part in signal.short_name.lower()]
    found = found or [signal for signal in signals if part in signal.name.lower()]
    return found or inventory.of_receivers(signals, lambda receiver: part in receiver.name.lower())


def asks_for_own(part):
    """Tell whether a part of a name means the inspector, or one of its own receivers."""
    return part.lower().startswith("signal_inspector") or part.lower() in inventory.OWN_NAMES


def nearest(name, app, signals):
    """Return a sentence with what is most like a name or an app that nothing fits, "" if nothing is."""
    receivers = [each for signal in signals for each in signal.receivers]
    names = {signal.short_name for signal in signals} | {each.name.rpartition(".")[2] for each in receivers}
    labels = {each.app for each in receivers} | {config.label for config in apps.get_app_configs()}
    known = {each.lower(): each for each in (labels if app else names) - {"", app, name}}
    close = get_close_matches((app or name).lower(), known, 3, 0.7)
    return f"Did you mean {', '.join(known[each] for each in close)}?" if close else ""


def summary(signals):
    """Return a line that counts what was listed."""
    receivers = sum(len(signal.receivers) for signal in signals)
    return f"{_counted(len(signals), 'signal')}, {_counted(receivers, 'receiver')}"


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
