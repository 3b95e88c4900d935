"""The addresses of the lessons, under ``/learn/``."""

from django.urls import path

from lessons import views

app_name = "lessons"

urlpatterns = [
    path("", views.index, name="index"),
]
