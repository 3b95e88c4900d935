"""That every user has a profile, and what a profile knows of its row."""
