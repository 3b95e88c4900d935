"""What is told of work that receivers have left for later: its attempts, and the trees of other processes."""
