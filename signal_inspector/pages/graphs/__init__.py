"""The graph of what calls what: its boxes and lines, and where they lie."""
