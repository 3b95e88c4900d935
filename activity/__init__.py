"""The log of what happened to an account, written by listening."""
