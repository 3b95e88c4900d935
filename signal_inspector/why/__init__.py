"""Answer why a receiver was not called."""
