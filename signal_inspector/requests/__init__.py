"""The record of one request: made, stored, shown at the foot of its page."""
