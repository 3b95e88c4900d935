"""What ``signals --bypassed`` and ``signals --checks`` print: findings, alone or against a baseline."""

import json
import shutil

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from signal_inspector import checks
from signal_inspector.connected import lookup
from signal_inspector.reading import source
from signal_inspector.scanning import findings, skipping, telling
from signal_inspector.scanning.files import loaded_file, shown

RULE = _("Writes rows without the signals of their model, past receivers that are connected to these.")


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


def is_asked_for(options):
    """Tell whether any of the arguments was given."""
    if (options["baseline"] or options["write_baseline"]) and not (options["bypassed"] or options["checks"]):
        raise CommandError(_("A baseline is for --bypassed and --checks."))
    return options["bypassed"] or options["checks"]


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
    together, gone = [*places, *told], 0
    if options["baseline"]:
        try:
            gone = findings.compare(together, options["baseline"])
        except ValueError as error:
            raise CommandError(str(error)) from error
    if options["write_baseline"]:
        findings.write(together, options["write_baseline"])
    if format == "sarif":
        rules = {each.rule: RULE if each in places else each.rule for each in together}
        out.write(json.dumps(findings.sarif(together, rules), indent=1, ensure_ascii=False))
    elif format == "json":
        data = {"version": findings.VERSION}
        data |= {"bypassed": list(map(telling.as_data, found, places))} if options["bypassed"] else {}
        data |= {"checks": list(map(telling.of_check, told))} if options["checks"] else {}
        out.write(json.dumps(data, indent=1, ensure_ascii=False))
    else:
        new = [each for each, one in zip(found, places, strict=True) if one.state != findings.KNOWN]
        width = shutil.get_terminal_size((120, 24)).columns
        out.write("\n".join(telling.lines(new, width, with_tests=everything or bool(options["baseline"]))))
        for each in told:
            if each.state != findings.KNOWN:
                out.write(f"{shown(each.path)}:{each.line}: {each.rule} {each.text}")
        if options["bypassed"]:
            out.write(telling.summary(found))
    new = [each for each in together if each.state in (findings.NEW, findings.CHANGED)]
    if options["baseline"] and (new or format in ("table", "text")):
        text = telling.compared(together, gone)
        if new:
            raise CommandError(text)
        out.write(text)


def of_message(message):
    """Return the ``Finding`` of a message of a check."""
    function = lookup.function_named(message.obj, anywhere=True)
    path, line = source.location(source.function_behind(function)) if function is not None else ("", 0)
    if not path and (file := loaded_file(message.obj)) is not None:
        path, line = file.path, 1
    return findings.Finding(message.id, path, line, 1 if line else 0, message.msg, message.obj)
