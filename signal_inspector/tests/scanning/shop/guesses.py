"""Whose models the source does not tell."""


def close(model, orders, kinds):
    model.objects.filter(pk=1).update(is_open=False)  # -> update
    orders._default_manager.bulk_create([])  # -> bulk_create
    kinds.objects.names().update(a=1)
    orders.update(is_open=False)
    model.cache.update(a=1)
