"""The address of one's own log."""

from django.urls import path

from activity import views

urlpatterns = [
    path("activity/", views.activity, name="activity"),
]
