"""Mail that is sent by listening."""
