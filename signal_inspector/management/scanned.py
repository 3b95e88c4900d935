"""What ``signals --bypassed`` and ``signals --checks`` print: findings, alone or against a baseline."""

import json

from django.core.management.base import CommandError

from signal_inspector import checks
from signal_inspector.connected import lookup
from signal_inspector.reading import source
from signal_inspector.scanning import findings, skipping, telling
from signal_inspector.scanning.files import loaded_file

BYPASSED = "Rows are written without the signals of their model, past receivers that are connected to these."
RULES = {
    "signal_inspector.W001": "A module connects receivers, and nobody imports it.",
    "signal_inspector.W002": "A receiver runs twice.",
    "signal_inspector.W003": "A receiver can never be called.",
    "signal_inspector.W004": "A receiver runs for each row of every model.",
    "signal_inspector.W005": "A receiver is gone: another one has taken its name.",
    "signal_inspector.W006": "A receiver returns a coroutine or a generator, which nobody runs.",
    "signal_inspector.W011": "A receiver writes for rows of a fixture, too.",
    "signal_inspector.W012": "A receiver saves its own instance, without end.",
    "signal_inspector.I001": "A receiver saves its own instance, until a condition stops it.",
}


def add_arguments(parser):
    """Add the arguments of the two."""
    parser.add_argument(
        "--bypassed",
        action="store_true",
        help="Places in the project's own code that write rows without signals, past receivers. NAME, --app and "
        "--sender narrow down which receivers, and which model. With --all places that skip nobody, too.",
    )
    parser.add_argument(
        "--checks", action="store_true", help="What the checks say, those that are off by default too, with its place."
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="Tell what is new against it, and end with code 1 if anything."
    )
    parser.add_argument("--write-baseline", metavar="FILE", help="Write what is found, for --baseline.")


def is_asked_for(format, options):
    """
    Tell whether findings are asked for.

    Raises:
        CommandError: if the format or a baseline does not go with what is asked for.
    """
    asked = options["bypassed"] or options["checks"]
    if not asked and (format == "sarif" or options["baseline"] or options["write_baseline"]):
        raise CommandError("SARIF and baselines are for --bypassed and --checks.")
    if asked and format == "mermaid":
        raise CommandError("--format mermaid is for the list.")
    return asked


def report(out, signals, model, format, everything, options):
    """
    Print what is found.

    Args:
        out (OutputWrapper): where to.
        signals (list): each ``SignalInfo`` whose receivers count.
        model (str): the label of the model that is asked about, None for all.
        format (str): "table" or "text", "json" or "sarif".
        everything (bool): whether places that skip nobody are wanted, too.
        options (dict): the arguments.

    Raises:
        CommandError: if there is something new, or no baseline.
    """
    found = skipping.bypassed(signals, everything) if options["bypassed"] else []
    found = [each for each in found if model is None or model in each.models]
    places = [findings.of_bypassed(each) for each in found]
    told = [of_message(each) for each in checks.check_everything()] if options["checks"] else []
    together = [*places, *told]
    gone = compared(together, options["baseline"]) if options["baseline"] else 0
    if options["write_baseline"]:
        findings.write(together, options["write_baseline"])
    if format == "sarif":
        rules = {each.rule: RULES.get(each.rule, BYPASSED) for each in together}
        out.write(json.dumps(findings.sarif(together, rules), indent=1, ensure_ascii=False))
    elif format == "json":
        out.write(json.dumps(telling.as_data(zip(found, places, strict=True), told), indent=1, ensure_ascii=False))
    else:
        with_tests = everything or bool(options["baseline"])
        out.write("\n".join(telling.lines(zip(found, places, strict=True), told, with_tests)))
    if options["baseline"]:
        text = telling.compared(together, gone)
        if any(each.is_new for each in together):
            raise CommandError(text)
        if format in ("table", "text"):
            out.write(text)


def compared(found, path):
    """Set the state of findings against a baseline, and return how many of it are gone."""
    try:
        return findings.compare(found, path)
    except ValueError as error:
        raise CommandError(str(error)) from error


def of_message(message):
    """Return the ``Finding`` of a message of a check."""
    function = lookup.function_named(message.obj, anywhere=True)
    path, line = source.location(source.function_behind(function)) if function is not None else ("", 0)
    if not path and (file := loaded_file(message.obj)) is not None:
        path, line = file.path, 1
    return findings.Finding(message.id, path, line, message.msg, message.obj)
