"""Try something out and roll it back."""
