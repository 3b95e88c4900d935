from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Member(AbstractBaseUser):
    """A user of one's own, with what Django asks for and nothing else: no staff, no permissions."""

    card = models.CharField(max_length=20, unique=True)
    USERNAME_FIELD = "card"

    objects = BaseUserManager()
