"""The addresses of the pages: ``path("signals/", include("signal_inspector.urls"))``."""

from django.urls import path, re_path

from signal_inspector.pages import trace_views, views, why_views

app_name = "signal_inspector"

urlpatterns = [
    path("", views.index, name="index"),
    path("receiver/", views.receiver, name="receiver"),
    path("why/", why_views.why_not_called, name="why"),
    path("graph/", views.graph, name="graph"),
    path("traces/", trace_views.traces, name="traces"),
    path("traces/new/", trace_views.new_traces, name="new_traces"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/$", trace_views.trace, name="trace"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/branch/(?P<number>[0-9]{1,9})/$", trace_views.branch, name="branch"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/line/(?P<number>[0-9]{1,9})/$", trace_views.line, name="line"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/graph/$", views.trace_graph, name="trace_graph"),
]
