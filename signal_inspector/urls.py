"""The addresses of the pages: ``path("signals/", include("signal_inspector.urls"))``."""

from django.urls import path, re_path

from signal_inspector.pages import (
    bench_views,
    compare_views,
    export_views,
    json_views,
    strip_views,
    trace_views,
    views,
    why_views,
)

app_name = "signal_inspector"

urlpatterns = [
    path("", views.index, name="index"),
    path("receiver/", views.receiver, name="receiver"),
    path("why/", why_views.why_not_called, name="why"),
    path("try/", bench_views.try_out, name="try"),
    path("graph/", views.graph, name="graph"),
    path("traces/", trace_views.traces, name="traces"),
    path("traces.json", json_views.traces, name="traces_json"),
    path("traces/new/", trace_views.new_traces, name="new_traces"),
    path("traces/newest/", strip_views.newest, name="newest"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/glance/$", strip_views.glance, name="glance"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/$", trace_views.trace, name="trace"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})\.json$", json_views.trace, name="trace_json"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/branch/(?P<number>[0-9]{1,9})/$", trace_views.branch, name="branch"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/line/(?P<number>[0-9]{1,9})/$", trace_views.line, name="line"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/later/$", trace_views.later, name="later"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/graph/$", views.trace_graph, name="trace_graph"),
    path("compare/", compare_views.compare_traces, name="compare"),
    re_path(r"^traces/(?P<pk>[0-9a-f]{32})/as/(?P<format>[a-z]+)/$", export_views.export, name="export"),
]
