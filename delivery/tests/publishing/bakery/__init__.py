"""An app whose events nobody imports."""
