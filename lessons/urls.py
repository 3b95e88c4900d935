"""The addresses of the lessons, under ``/learn/``."""

from django.urls import path

from lessons import views
from lessons.stage import pages as stage

app_name = "lessons"

urlpatterns = [
    path("", views.index, name="index"),
    path("stage/", stage.stage, name="stage"),
]
