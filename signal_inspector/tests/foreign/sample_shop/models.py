# ruff: noqa: DJ008 - models of somebody else, which need no text of their own
from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    pass


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    placed_at = models.DateTimeField(null=True, blank=True)
    paid = models.BooleanField()
    data = models.JSONField(default=dict)
    tags = models.ManyToManyField(Tag)


class ExpressOrder(Order):
    class Meta:
        proxy = True


class GiftOrder(Order):
    wrapping = models.CharField(max_length=20, default="paper")


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
