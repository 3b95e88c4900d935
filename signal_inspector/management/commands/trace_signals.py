"""Show what fires while something is done."""

import json
import shutil
import sys
from collections import Counter
from contextlib import ExitStack, redirect_stdout
from itertools import chain
from textwrap import fill

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.utils.translation import get_language, override

from signal_inspector.bench import orders
from signal_inspector.connected import registry
from signal_inspector.exporting.formats import FORMATS
from signal_inspector.management import stored
from signal_inspector.reading import private
from signal_inspector.recording.database import run_early
from signal_inspector.recording.recorder import record
from signal_inspector.recording.rows import MAX_NODES
from signal_inspector.traces.drawing import draw, wrapped
from signal_inspector.traces.later.attempts import left_for_later
from signal_inspector.traces.nodes import CALLBACK
from signal_inspector.trials import doing, stories
from signal_inspector.trials.rollback import NOT_UNDONE, mail_in_memory, rolled_back
from signal_inspector.trials.shuffling import TRIES, shuffle
from signal_inspector.trials.typed import Unclear
from signal_inspector.why import explain, find


class Command(BaseCommand):
    """``manage.py trace_signals``."""

    help = (
        "Runs a management command, or saves, creates or deletes a row, or runs a piece of code, and prints which "
        "signals were sent meanwhile, who was called, and what that cost. A command does what it always does. "
        "Everything else happens in transactions that are rolled back, with mail kept in memory."
    )
    requires_system_checks = ()  # a command that is traced asks for its own

    def add_arguments(self, parser):
        """Add the arguments."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--save", metavar="MODEL:KEY", help="Save a row: --save auth.User:1")
        what.add_argument("--create", metavar="MODEL", help="Create a row: --create auth.User --set username=ada …")
        what.add_argument("--delete", metavar="MODEL:KEY", help="Delete a row.")
        what.add_argument("--code", help="Run statements. Models go by their names, and await may be used.")
        what.add_argument("--story", metavar="NAME", help="A story of the setting SIGNAL_INSPECTOR_STORIES.")
        what.add_argument(
            "--stored",
            metavar="ID",
            nargs="?",
            const="",
            help=(
                "Do nothing; print what a request set off, and what other processes did for it later: the newest one "
                "that fired something, or that of an id, which may be cut short."
            ),
        )
        what.add_argument(
            "--compare",
            nargs=2,
            metavar=("BEFORE", "AFTER"),
            help="Do nothing; compare two traces: ids of stored ones, which may be cut short, or files of JSON.",
        )
        what.add_argument(
            "--operation",
            metavar="NAME:MODEL",
            help="Do nothing; answer --why for an operation like update:auth.User.",
        )
        parser.add_argument(
            "--set", metavar="FIELD=VALUE", action="append", default=[], help="A value, with --create or --save."
        )
        parser.add_argument(
            "--after-commit",
            action="store_true",
            help="Also run what waits for the commit, before the rollback. Mail stays in memory, tasks may not.",
        )
        parser.add_argument(
            "--shuffle",
            metavar="N",
            nargs="?",
            type=int,
            const=TRIES,
            help="Run it under other orders of the receivers, N of them random (%(const)s), and tell whether that "
            "breaks anything; what waits for the commit runs, too. Fails if it does.",
        )
        parser.add_argument("--seed", type=int, help="The seed of the random orders, to run them again.")
        parser.add_argument("--why", metavar="RECEIVER", help="Tell why this receiver was not called, or that it was.")
        parser.add_argument("--database", help="The alias of the row's database; by default the router says.")
        parser.add_argument(
            "--max-nodes", type=int, default=MAX_NODES, help="How much of the tree to keep (%(default)s)."
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="Tell of the inspector's own receivers, too; with --compare, of all rows.",
        )
        parser.add_argument(
            "--where",
            action="store_true",
            help="Tell where in the code everything was sent, saved or given, and mark what leaves the process before "
            "the commit. What is traced takes longer.",
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument(
            "--as", dest="file_format", choices=FORMATS, help="Write the trace as a file to the standard output."
        )
        parser.add_argument(
            "command_line", metavar="COMMAND", nargs="*", help="After --: a command and its arguments."
        )

    def handle(self, **options):
        """Do it in the project's language, and tell of it in English, as Django's own commands speak."""
        self.language = get_language()
        with override(None):
            self.trace(options)

    def trace(self, options):
        """Do it, and print the trace, also of what failed."""
        self.as_json = options["format"] == "json" or options["file_format"]
        report, failure = {}, None
        try:
            prepare = self.find_trial(options)
            if options["compare"]:
                if self.as_json:
                    raise CommandError("--compare is told as text.")
                self.stdout.write(self.readable(stored.comparison(*options["compare"], options["all"])))
                return
            if options["shuffle"] is not None:
                self.shuffle(prepare, options)
                return
            if options["stored"] is not None:
                report |= stored.report(options["stored"])
            asked = find(options["why"]) if options["why"] else None  # before anything is done: it may be wrong
            if prepare:
                failure = self.run(prepare, report, options)
            if asked:
                report["why"] = explain(asked, options["operation"] or "", trace=report.get("trace"))
        except Unclear as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.told(report, failure, options))
        self.pass_on(failure)

    def told(self, report, failure, options):
        """Return a report as what was asked for: text, JSON or a file."""
        if options["file_format"]:
            if "trace" not in report:
                raise CommandError("--as writes a trace: give something to do, or --stored.")
            title = report.get("request") or options["code"] or asked_for(options)
            return FORMATS[options["file_format"]].text(report["trace"], title, report.get("parts", ()))
        return self.json_of(report, failure) if options["format"] == "json" else self.text_of(report, options)

    def find_trial(self, options):
        """Return the function that prepares what is to be done, None where nothing is."""
        using, values = options["database"], options["set"]
        if using and using not in connections:
            raise CommandError(f"There is no database {using!r}. There is {', '.join(connections)}.")
        if options["after_commit"] and options["command_line"]:
            raise CommandError("A command commits by itself: --after-commit goes with the others.")
        if options["max_nodes"] < 1:
            raise CommandError("--max-nodes is a number of nodes, 1 or more.")
        if values and not (options["create"] or options["save"]):
            raise CommandError("--set goes with --create or --save.")
        ways = {
            "save": lambda text: doing.save(text, values, using),
            "create": lambda label: doing.create(label, values, using),
            "delete": lambda text: doing.delete(text, using),
            "code": doing.code,
            "story": stories.prepare,
            "command_line": self.command,
        }
        asked = [name for name in (*ways, "operation") if options[name]]
        asked += [name for name in ("stored", "compare") if options[name] is not None]
        if len(asked) > 1:
            raise CommandError(
                "Give either a command, or one of --save, --create, --delete, --code, --story, --stored, --compare, "
                "--operation."
            )
        if asked in ([], ["operation"]) and not options["why"]:
            raise CommandError(
                "Give a command after --, or one of --save, --create, --delete, --code, --story, --stored, --compare; "
                "or --why with a receiver."
            )
        way = ways.get(*asked) if asked else None
        return way and (lambda: way(options[asked[0]]))

    def shuffle(self, prepare, options):
        """Run it under other orders of the receivers, and tell; fail where an order breaks it."""
        if prepare is None or options["command_line"]:
            raise CommandError("--shuffle goes with what is rolled back: --save, --create, --delete, --code, --story.")
        if options["shuffle"] < 0:
            raise CommandError("--shuffle is a number of random orders, 0 or more.")
        try:
            found = shuffle(
                self.in_its_language(prepare), options["shuffle"], options["seed"], using=options["database"]
            )
        except DatabaseError as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        told = orders.sentences(found)
        if self.as_json:
            pairs = [vars(pair) for pair in found.pairs]
            told = json.dumps({"orders": found.orders, "seed": found.seed, "pairs": pairs, "told": told}, indent=2)
        self.stdout.write(told if self.as_json else self.fill("\n".join(told)))
        if found.pairs or found.unsteady:
            raise CommandError("The order of receivers matters." if found.pairs else "Nothing was compared.")

    def in_its_language(self, prepare):
        """Return what prepares the same, and does it, in the language of the project."""

        def prepare_there():
            with override(self.language):
                work = prepare()
            return override(self.language)(work)

        return prepare_there

    def command(self, words):
        """Prepare to run a command, which writes where this one writes, but for JSON."""
        out = self.stderr if self.as_json else self.stdout
        return doing.command(words, private.stream_of(out), private.stream_of(self.stderr), self)

    def run(self, prepare, report, options):
        """Do what is to be done, and put what came of it into the report. Return what it raised, None for nothing."""
        failure = None
        with ExitStack() as stack:
            stack.enter_context(override(self.language))
            if self.as_json:  # nothing but JSON goes to where JSON is read from
                stack.enter_context(redirect_stdout(sys.stderr))
            try:
                if not options["command_line"]:
                    report["rolled_back"] = stack.enter_context(rolled_back(options["database"]))
                    report["mail"] = stack.enter_context(mail_in_memory())
                work = prepare()
            except DatabaseError as error:
                raise CommandError(f"{type(error).__name__}: {error}") from error
            to_commit = [connections[alias] for alias in report["rolled_back"]] if options["after_commit"] else []
            starts = [private.count_waiting(connection) for connection in to_commit]
            registry.find_signals()  # names them all: what is named first while recording would look slow
            with record(options["max_nodes"], options["all"], options["where"]) as report["trace"]:
                try:
                    work()
                    for hook in chain.from_iterable(map(private.waiting, to_commit, starts)):
                        run_early(hook)
                except (Exception, SystemExit, KeyboardInterrupt) as error:
                    failure = error
            self.stdout.flush()
        return failure

    def text_of(self, report, options):
        """Return a report as text."""
        parts = [report["request"]] if "request" in report else []
        if "trace" in report:
            coloured = self.stdout.isatty() or options["force_color"]  # not where somebody reads it out of a buffer
            style = self.style if coloured else None
            elsewhere = report.get("parts", ())
            parts.append(draw(report["trace"], style, self.encoding, self.width, options["where"], elsewhere))
        if waiting := _waiting(report):
            times = Counter(waiting)
            names = "\n".join(f"  {name}" + (f" ({times[name]} times)" if times[name] > 1 else "") for name in times)
            heading = (
                "Would run after the commit" if "rolled_back" in report else "Was not run, as nothing was committed"
            )
            parts.append(self.fill(f"{heading}:\n{names}"))
        if "rolled_back" in report:
            parts.append(self.told_of_rollback(report))
        parts += [self.fill(_answer(answer)) for answer in report.get("why", ())]
        return self.readable("\n\n".join(parts))

    def readable(self, text):
        """Return a text without what the encoding of the terminal lacks."""
        return text.encode(self.encoding, "replace").decode(self.encoding)

    @property
    def encoding(self):
        """Return the encoding of the terminal."""
        return getattr(self.stdout, "encoding", None) or "utf-8"

    def told_of_rollback(self, report):
        """Return what was undone, and what could not be."""
        aliases = ", ".join(report["rolled_back"])
        left_out = [alias for alias in connections if alias not in report["rolled_back"]]
        lines = [f"Rolled back: {aliases}." + (f" No answer from: {', '.join(left_out)}." if left_out else "")]
        if kept := len(report["mail"]):
            lines.append(f"Not sent, kept in memory: {kept} mail{'s' if kept > 1 else ''}.")
        not_undone = fill(f"A rollback does not undo: {'; '.join(NOT_UNDONE)}.", 100)
        return self.fill("\n".join([*lines, not_undone]))

    def fill(self, text):
        """Return a text whose lines are no wider than the terminal, each with the indentation it had."""
        indented = ((line, line[: len(line) - len(line.lstrip())]) for line in text.splitlines())
        return "\n".join(part for line, indent in indented for part in wrapped(line, self.width, indent))

    @property
    def width(self):
        """Return the width of the terminal, None where the output goes to something else."""
        to_terminal = private.stream_of(self.stdout) is sys.__stdout__
        return shutil.get_terminal_size((100, 24)).columns if to_terminal else None

    def json_of(self, report, failure):
        """Return a report as JSON."""
        data = {}
        if "trace" in report:
            data |= {"request": report["request"]} if "request" in report else {}
            data["trace"] = report["trace"].as_data()
            data["counts"] = report["trace"].counts()
            data["after_commit"] = _waiting(report)
            data["error"] = type(failure).__name__ if failure else ""
            data["work"] = left_for_later(report["trace"], [part.attempt for part in report.get("parts", ())])
        if "rolled_back" in report:
            data |= {"rolled_back": report["rolled_back"], "mails": len(report["mail"]), "not_undone": NOT_UNDONE}
        if "why" in report:
            data["why"] = [answer.as_data() for answer in report["why"]]
        return json.dumps(data, indent=2)

    def pass_on(self, failure):
        """Fail as what was traced has failed."""
        if isinstance(failure, (CommandError, SystemExit, KeyboardInterrupt)):
            raise failure
        if failure is not None:
            raise CommandError(f"{type(failure).__name__}: {failure}") from failure


def asked_for(options):
    """Return what was done, as the title of a file."""
    done = [f"{name} {options[name]}" for name in ("save", "create", "delete") if options[name]]
    return " ".join(done or options["command_line"])


def _waiting(report):
    trace = report.get("trace")
    return [node.name for node, _ in trace.walk() if node.kind == CALLBACK and not node.ran] if trace else []


def _answer(answer):
    return answer.text + (f"\n  {answer.hint}" if answer.hint else "")
