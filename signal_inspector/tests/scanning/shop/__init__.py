"""An app that tests scan: what a line must be found for stands at its end, after "# ->"; nothing else may be found."""
