"""What teaches in the browser: it shows what the project does, by doing it."""
