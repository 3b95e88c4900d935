from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=50)

    def save(self, *args, **kwargs):
        self.name = self.name.strip()
        super().save(*args, **kwargs)

    def close_orders(self):
        self.orders.update(is_open=False)  # -> update Order

    @classmethod
    def rename(cls):
        cls.objects.update(name="x")  # -> update Customer


class OrderQuerySet(models.QuerySet):
    def open(self):
        return self.filter(is_open=True)

    def close(self):
        return self.update(is_open=False)  # -> update Order

    def names(self):
        return {"a": 1}


class ClosedManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(is_open=False)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="orders")  # -> SET_NULL Order
    is_open = models.BooleanField(default=True)
    tags = models.ManyToManyField("Tag", through="Tagging")
    labels = models.ManyToManyField("Label", related_name="orders")
    notes = GenericRelation("Note")

    objects = OrderQuerySet.as_manager()
    closed = ClosedManager()

    @property
    def siblings(self):
        return self.customer.orders.exclude(pk=self.pk)

    def close(self):
        self.is_open = False
        self.save()

    def touch(self):
        type(self).objects.filter(pk=self.pk).update(is_open=True)  # -> update Order


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    part = models.ForeignKey("self", models.CASCADE, null=True)

    class Meta:
        db_table = "shop_line"


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Tagging(models.Model):
    tag = models.ForeignKey(Tag, models.CASCADE)
    order = models.ForeignKey(Order, models.CASCADE)


class Label(models.Model):
    name = models.CharField(max_length=50)


class Note(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveIntegerField()
    subject = GenericForeignKey()


class LoudQuerySet(models.QuerySet):
    def update(self, **kwargs):
        for row in self:
            row.save()

    def bulk_create(self, objs, **kwargs):
        return super().bulk_create(objs, **kwargs)  # -> bulk_create Loud


class Loud(models.Model):
    name = models.CharField(max_length=50)

    objects = LoudQuerySet.as_manager()


class Base(models.Model):
    parent = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+")  # -> SET_NULL Heir

    class Meta:
        abstract = True

    def touch_all(self):
        self.__class__.objects.update(parent=None)  # -> update Heir OtherHeir


class Heir(Base):
    pass


class OtherHeir(Base):
    parent = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+")  # -> SET_NULL OtherHeir


class Quiet(models.Model):
    """Nobody hears of it."""
