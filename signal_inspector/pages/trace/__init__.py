"""The page of one trace: its lines, their bars in time, and what a line unfolds to."""
