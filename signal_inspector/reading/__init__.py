"""Read names and source code, without running any of it."""
