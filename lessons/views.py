"""The first page of the lessons, the exhibits, the questions, and the list of chapters with the search."""

from django.http import Http404
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from lessons import listing, tree
from lessons.bench import link
from lessons.chapters import library
from lessons.questions import answers
from lessons.running import trying
from lessons.running.turns import Busy
from lessons.searching import search


@require_safe
def index(request):
    """Show what there is to learn."""
    context = {
        "exhibits": listing.EXHIBITS.values(),
        "questions": answers.QUESTIONS,
        "chapters": library.chapters(),
        "bench": link(),
    }
    return render(request, "lessons/index.html", context)


def address(name):
    """Return the address of a page, "" where there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def exhibit(request, name):
    """Show an exhibit; run both sides of it if its button was pressed."""
    if name not in listing.EXHIBITS:
        raise Http404
    module = listing.MODULE_OF[name]
    context = {"exhibit": listing.EXHIBITS[name], "bench": link(name)}
    results, status = {}, 200
    if request.method == "POST":
        try:
            sides, context["ratio"] = trying.run(module)
            results = {side.name: side for side in sides}
        except Busy:
            context["busy"], status = True, 429  # a 503 would be an error in the log
    code = listing.code_of(module)
    context["shared"] = code["both"]
    context["sides"] = [_side(side, code[side], results.get(side)) for side in trying.SIDES]
    context["ran"] = bool(results)
    return render(request, "lessons/exhibit.html", context, status=status)


def _side(name, code, result):
    lines, left_out = tree.lines_of(result.trace, result.failures) if result else ([], 0)
    return {"name": name, "code": code, "result": result, "lines": lines, "left_out": left_out}


@require_safe
def questions(request):
    """Show the questions, with what their snippets print."""
    try:
        printed = answers.printed()
    except Busy:
        printed = {}  # the answers can be read all the same
    shown = [
        {
            "question": question,
            "printed": printed.get(question.name),
            "exhibit": listing.EXHIBITS.get(question.exhibit),
            "page": address(f"signal_inspector:{question.page}") if question.page else "",
            "bench": link(question.name, question.exhibit),
        }
        for question in answers.QUESTIONS
    ]
    context = {"questions": shown, "models": answers.model_code()}
    return render(request, "lessons/questions.html", context)


@require_safe
def chapters(request):
    """List the chapters, below what a search finds in all of the lessons."""
    words = request.GET.get("q", "").strip()[:100]
    found, left_out = search(words)
    context = {"words": words, "found": found, "left_out": left_out, "number": len(found) + left_out}
    return render(request, "lessons/chapters.html", {**context, "chapters": library.chapters()})
