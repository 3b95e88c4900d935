# ruff: noqa: DJ008 - models of somebody else, which need no text of their own
import django
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
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


class Printed(models.Model):
    title = models.CharField(max_length=20)

    class Meta:
        abstract = True


class Novel(Printed):
    pass


class Atlas(Printed):
    pass


class Author(models.Model):
    name = models.CharField(max_length=20)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")


class Award(models.Model):
    author = models.ForeignKey(Author, models.PROTECT)


class Club(models.Model):
    members = models.ManyToManyField(Author, through="Membership")


class Membership(models.Model):
    club = models.ForeignKey(Club, models.CASCADE)
    author = models.ForeignKey(Author, models.CASCADE)


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    about = GenericForeignKey()


class Poster(models.Model):
    name = models.CharField(max_length=20, unique=True)
    notes = GenericRelation(Note)


if django.VERSION >= (6, 1):  # the database deletes by itself

    class Shelf(models.Model):
        pass

    class Copy(models.Model):
        shelf = models.ForeignKey(Shelf, models.DB_CASCADE)

    class Loan(models.Model):
        shelf = models.ForeignKey(Shelf, models.DB_SET_NULL, null=True)


class Seat(models.Model):
    pk = models.CompositePrimaryKey("row", "number")
    row = models.CharField(max_length=2)
    number = models.IntegerField()
    guest = models.CharField(max_length=20, default="")
