"""Run a lesson where it can harm nobody: own models, an own database, receivers that are taken away again."""
