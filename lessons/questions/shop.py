"""The models of the snippets."""

from django.db import models

from lessons.running.apart import models_apart

Model = models_apart(__name__)


class Order(Model):
    item = models.CharField(max_length=20)


class Bill(Model):
    order = models.ForeignKey(Order, models.CASCADE)
