"""What is connected: the signals of the process, and who listens to them."""
