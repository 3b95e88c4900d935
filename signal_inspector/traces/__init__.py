"""What a record holds when it is over: the tree, as JSON, as text, in a terminal, as a test keeps it."""
