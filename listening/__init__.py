"""Tools for receivers: they know Django and no app of this project."""
