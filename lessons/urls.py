"""The addresses of the lessons, under ``/learn/``."""

from django.urls import path

from lessons import views
from lessons.chapters import pages
from lessons.stage import pages as stage

app_name = "lessons"

urlpatterns = [
    path("", views.index, name="index"),
    path("stage/", stage.stage, name="stage"),
    path("exhibits/<slug:name>/", views.exhibit, name="exhibit"),
    path("questions/", views.questions, name="questions"),
    path("chapters/", views.chapters, name="chapters"),
    path("chapters/<slug:name>/", pages.chapter, name="chapter"),
    path("chapters/images/<str:name>", pages.image, name="image"),
]
