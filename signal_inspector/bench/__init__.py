"""What if? The choice of what to try, and what has come of it, in words."""
