"""A user model that this app can't work with is refused in one sentence."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AbstractUser
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from users.apps import check_user_model

User = get_user_model()


class UserModelCheckTests(SimpleTestCase):
    def model(self, base=AbstractUser, **attributes):
        meta = type("Meta", (), {"app_label": "users"})
        with isolate_apps("users"):
            return type("Own", (base,), {"__module__": __name__, "Meta": meta, **attributes})

    def assertRefused(self, sentence, model):
        with self.assertRaisesMessage(ImproperlyConfigured, sentence):
            check_user_model(model)

    def test_a_model_like_djangos_is_accepted(self):
        check_user_model(User)
        check_user_model(self.model())

    def test_a_model_that_lacks_fields_is_told_which(self):
        own = self.model(username=None, USERNAME_FIELD="email", REQUIRED_FIELDS=[])
        self.assertRefused("users.Own lacks username.", own)
        bare = self.model(AbstractBaseUser, email=models.EmailField(unique=True), USERNAME_FIELD="email")
        self.assertRefused("users.Own lacks username, first_name, last_name, is_active, is_staff, is_superuser.", bare)

    def test_a_model_that_logs_in_by_another_field_is_told_so(self):
        own = self.model(email=models.EmailField(unique=True), USERNAME_FIELD="email", REQUIRED_FIELDS=[])
        self.assertRefused("those of users.Own are 'email' and 'email'.", own)
