from .models import Line, Order


def hear_order(sender, instance, **kwargs):
    instance.lines.update(part=None)  # -> update Line
    sender.objects.update(is_open=True)  # -> update Order


def hear_line(sender, **kwargs):
    kwargs["instance"].order.lines.update(part=None)  # -> update Line


def hear_both(sender, instance, **kwargs):
    instance.order.lines.update(part=None)


def hear_everything(sender, instance, **kwargs):
    instance.lines.update(part=None)


__all__ = ["Line", "Order"]
