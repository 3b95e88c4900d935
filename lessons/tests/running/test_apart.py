from django.apps import apps
from django.test import SimpleTestCase

from lessons.exhibits import login
from lessons.listing import MODULES
from lessons.questions import shop
from lessons.running.apart import models_of


class ApartTests(SimpleTestCase):
    def test_the_site_knows_none_of_the_models(self):
        ours = {model for module in (*MODULES, shop) for model in models_of(module)}
        self.assertGreater(len(ours), 10)
        self.assertEqual(ours & set(apps.get_models(include_auto_created=True)), set())

    def test_those_of_a_module_know_each_other(self):
        user, profile = models_of(login)
        self.assertEqual([relation.related_model for relation in user._meta.related_objects], [profile])

    def test_models_that_are_imported_are_not_a_modules_own(self):
        self.assertEqual([model.__name__ for model in models_of(shop)], ["Order", "Bill"])
