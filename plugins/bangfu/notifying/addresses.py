"""Addresses that notices may go to (地址检查): mail addresses and URLs of webhooks.

Who may set a webhook's address could make this service call anything it can reach (SSRF). So the address is https, and
what its name resolves to must be a public address, when it is set and again whenever it is connected to.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from bangfu.errors import Refused
from bangfu.notice_settings import NoticeSettings

__all__ = ["check_email", "check_webhook", "is_local", "public_addresses", "server_of"]

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)")
_URL = re.compile(r"[a-z]+://[!-~]+")
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*|\[[0-9a-f:.]+\]|[0-9.]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


def check_email(address: str, settings: NoticeSettings) -> None:
    """Raise Refused unless notices may be mailed to an address."""
    found = _EMAIL.fullmatch(address)
    if not found or ".." in address:
        raise Refused("no_mail_address", "不是邮箱地址", "This is no mail address.")
    _check_domain(found.group(1), settings)


def check_webhook(url: str, settings: NoticeSettings) -> None:
    """Raise Refused unless notices may be posted to a URL, as far as that can be told now."""
    host = _host(url)
    if not _HOST.fullmatch(host) or not _URL.fullmatch(url) or "@" in url or "#" in url:
        raise Refused("no_webhook_address", "不是可用的地址", "This is no address of a webhook.")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.private and is_local(host)):
        raise Refused("webhook_without_tls", "须使用 https", "A webhook is reached over https.")
    if not (settings.private and is_local(host)):
        _check_domain(host, settings)
    public_addresses(host.strip("[]"), parts.port or 443, private=settings.private)


def server_of(url: str) -> str:
    """What is down when a URL cannot be reached.

    >>> server_of("https://union.example/hook"), server_of("http://127.0.0.1:8123/")
    ('union.example:443', '127.0.0.1:8123')
    """
    parts = urlsplit(url)
    return f"{_host(url)}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def is_local(host: str) -> bool:
    """Whether a host is this machine by its name."""
    return host in _LOCAL


def public_addresses(host: str, port: int, *, private: bool) -> Sequence[str]:
    """The addresses of a host, of which none may be private unless that is allowed.

    One that is private among public ones is refused as well: which one is connected to would be chance.

    Raises:
        Refused: The host has no address, or a private one.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("host_unknown", "找不到该主机", "The host cannot be found.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not private and not all(_is_public(address) for address in addresses):
        raise Refused("private_address", "不能指向内部网络地址", "It leads into a private network.")
    return addresses


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def _check_domain(domain: str, settings: NoticeSettings) -> None:
    name = domain.lower()
    if settings.domains and not any(name == allowed or name.endswith(f".{allowed}") for allowed in settings.domains):
        raise Refused("domain_not_allowed", "不在允许的域名之列", "Its domain is not among BANGFU_NOTICE_DOMAINS.")


def _is_public(text: str) -> bool:
    """Whether an address is one of the public network, also the IPv4 address inside an IPv6 one."""
    address = ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast
