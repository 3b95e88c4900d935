"""System checks of this app."""

from django.conf import settings
from django.core import checks, mail
from django.http import HttpRequest

from users.throttle import client_address

# Who sends, and what each of our proxies sees; for documentation: RFC 5737. The first is the client's own invention.
INVENTED, CLIENT, PROXY = "192.0.2.66", "203.0.113.9", "198.51.100.{}"


@checks.register(checks.Tags.security, deploy=True)
def check_cache_is_shared(app_configs, **kwargs):
    """Tell when failed logins would be counted for each process by itself."""
    if "locmem" not in settings.CACHES["default"]["BACKEND"]:
        return []
    return [
        checks.Info(
            "Failed logins and password resets are counted in local memory, so each server process allows the "
            "whole number of them.",
            hint="Set CACHE_URL, for example to redis://127.0.0.1:6379/0.",
            id="users.I001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def tell_how_mail_goes_out(app_configs, **kwargs):
    """Tell where mails go, and whether they are encrypted on the way."""
    server = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
    if not hasattr(server, "host"):
        return [checks.Info(f"Mails go to no server, but to {type(server).__module__}.", id="users.I002")]
    way = "without TLS: whoever is in between can read them, and the links in them"
    if server.use_ssl:
        way = "with TLS from the first byte"
    elif server.use_tls:
        way = "with STARTTLS; a server without it gets none"
    return [checks.Info(f"Mails go to {server.host}, port {server.port}, {way}.", id="users.I002")]


@checks.register(checks.Tags.security, deploy=True)
def tell_whose_address_counts(app_configs, **kwargs):
    """Tell which address of a sample request PROXY_COUNT leads to: the one that failed logins are counted by."""
    request = HttpRequest()
    seen = [CLIENT, *(PROXY.format(number) for number in range(1, settings.PROXY_COUNT))]
    header = ", ".join([INVENTED, *seen])
    request.META.update(HTTP_X_FORWARDED_FOR=header, REMOTE_ADDR=PROXY.format(settings.PROXY_COUNT))
    return [
        checks.Info(
            f"With PROXY_COUNT={settings.PROXY_COUNT} a request from {request.META['REMOTE_ADDR']} with "
            f"X-Forwarded-For: {header} counts as one of {client_address(request)}.",
            hint=f"It should be {CLIENT} where each proxy of yours adds the address that it sees, and the first "
            "address where nothing stands in front.",
            id="users.I003",
        )
    ]
