from django.db import models

from .models import Customer

RULE = getattr(models, "DB_CASCADE", models.CASCADE)  # from Django 6.1 on


class Dependent(models.Model):
    customer = models.ForeignKey(Customer, on_delete=RULE, related_name="+")

    class Meta:
        app_label = "scanned_shop"
