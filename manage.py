#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys


def main():
    """Run administrative tasks."""
    # The tests have settings of their own: fast passwords, media in memory, a second database.
    name = "test_settings" if sys.argv[1:2] == ["test"] else "settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"userprofile_project.{name}")
    try:
        from django.core.management import execute_from_command_line

        from userprofile_project.environment import WrongEnvironment
    except ImportError as exc:
        raise ImportError(
            "Couldn't import Django. Are you sure it's installed and available on your PYTHONPATH "
            "environment variable? Did you forget to activate a virtual environment? "
            "`python3 dev.py run` makes one."
        ) from exc
    try:
        execute_from_command_line(sys.argv)
    except WrongEnvironment as error:  # what called what before tells nothing
        sys.exit(str(error))


if __name__ == "__main__":
    main()
