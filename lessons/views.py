"""The first page of the lessons."""

from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def index(request):
    """Show what there is to learn."""
    return render(request, "lessons/index.html")
