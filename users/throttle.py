"""What failed logins are counted by, and what somebody is told who failed too often."""

import logging
import re
from ipaddress import ip_address, ip_network

from axes import utils as axes
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from users.identity.folding import fold

logger = logging.getLogger(__name__)

MAIL_LIMIT = 3  # of one kind to one address
MAIL_WINDOW = 60 * 60  # seconds

SITE_PREFIX = 64  # bits of an IPv6 address; the rest is the client's own choice: RFC 4291, section 2.5.4


# Some proxies name the port too: 203.0.113.9:51234, [2001:db8::7]:51234, and in quotes, as in RFC 7239, section 6.
SPELLING = re.compile(r'"?(?:\[([^][]+)\](?::[0-9]+)?|([^][:]+):[0-9]+|([^]["]+))"?')


def client_address(request):
    """
    Return the network address of the client as text, as far as our own proxies vouch for it; None if it is none.

    Each of the PROXY_COUNT proxies appends one address to X-Forwarded-For; whatever stands to the left of
    those was sent by the client, who can write anything there.
    """
    address = _client_address(request)
    return None if address is None else str(address)


def client_network(request):
    """
    Return what failed logins are counted by: an IPv4 address, or the network that an IPv6 address is of.

    A client has 2**64 addresses of its /64, and could count from one anew with each. Many have a /56 or /48, so 256 or
    65,536 counts, which this allows: a wider network could be several people's.

    None if there is no address (a socket of Unix, or a proxy's own words): those count as one, by the name alone. By
    words that differ with each try nobody would ever be locked out.
    """
    address = _client_address(request)
    if address is None or address.version == 4:
        return client_address(request)
    return str(ip_network((int(address), SITE_PREFIX), strict=False))


def _client_address(request):
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if forwarded and settings.PROXY_COUNT:
        chain = forwarded.split(",")
        if len(chain) >= settings.PROXY_COUNT:
            return read_address(chain[-settings.PROXY_COUNT])
    return read_address(request.META.get("REMOTE_ADDR"))


def read_address(text):
    """Return the address in what a proxy or a server writes, without the port or the scope; None if there is none."""
    spelling = SPELLING.fullmatch((text or "").strip(" \t"))
    try:
        address = ip_address(next(filter(None, spelling.groups()))) if spelling else None
    except ValueError:
        return None
    if address is None or address.version == 4:
        return address
    return address.ipv4_mapped or ip_address(
        int(address).to_bytes(16, "big")
    )  # "fe80::1%eth0" means something there only


def attempted_name(request, credentials):
    """Return the user name that a login is tried with, folded: another letter case is no new attempt."""
    name = (credentials or {}).get("username") or request.POST.get("username") or ""
    return fold(name)[:150]


def forget_failures(request, user):
    """Forget the failed logins of who has proved to own an account, where that was proved, and so end a lock."""
    axes.reset(username=fold(user.get_username())[:150], ip=client_network(request))


@sensitive_variables("password")
def knows_password(request, user, password):
    """
    Tell whether a password is that of a user, wherever it is asked for once more.

    A wrong one is a failed login: it counts as one, is logged as one, and when there were too many no password is
    looked at, and ``locked_out`` answers. So whoever finds an open session can guess no more often than at the login.
    """
    found = authenticate(request, username=user.get_username(), password=password)
    if found is None or found.pk != user.pk:
        return False
    user.password = found.password  # what was compared; the comparison may have hashed it anew
    forget_failures(request, user)
    return True


def locked_out(request, original_response=None, credentials=None):
    """Answer a request whose password is refused without a look at it."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "users/locked_out.html", {"cooloff_minutes": minutes}, status=429)


def may_send(kind, address):
    """
    Tell whether one more mail of a kind (a word) may go to an address, and count it.

    While the cache is away nothing is counted, and mails are sent: see ``users.lockouts``.
    """
    key = f"users.{kind}." + salted_hmac("users.throttle", fold(address), algorithm="sha256").hexdigest()
    try:
        return any(cache.add(f"{key}.{number}", True, MAIL_WINDOW) for number in range(MAIL_LIMIT))
    except Exception:  # each cache backend has errors of its own
        logger.exception("Mails are not counted: the cache can't be reached.")
        return True
