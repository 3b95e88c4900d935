"""ASGI entry point. Behind a real server the project is in production unless DEBUG says otherwise."""

import os

from userprofile_project.handlers import ASGIHandler, get_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "userprofile_project.settings")
os.environ.setdefault("DEBUG", "False")

application = get_application(ASGIHandler)
