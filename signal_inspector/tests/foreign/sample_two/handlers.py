def hear_in_ready(sender, **kwargs):
    """Be connected in the ready() of the other configuration."""
