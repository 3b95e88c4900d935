"""Find in the source, without running it, what the signals of models do not tell: the project's own code is parsed."""
