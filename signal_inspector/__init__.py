"""What does this save() trigger? Who listens to which signal, and what fired."""
