"""The project: its settings and urls, the only place that names every app."""
