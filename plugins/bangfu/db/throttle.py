"""How many log-ins one client address may try (限速): a leaking bucket in the database, for all processes of the portal."""

import ipaddress

from sqlalchemy import Engine, text

__all__ = ["MOST", "client_may_try", "client_succeeded", "counted_client"]

MOST = 60
"""Attempts that fill the bucket: an office of many officers behind one address must get in on a Monday morning."""

_LEAK = MOST / 900
"""Attempts that are forgotten each second: all of them in a quarter of an hour."""


def client_may_try(engine: Engine, client: str) -> bool:
    """Count an attempt of a client; whether it is still within what is allowed."""
    call = text("SELECT portal_client_attempt(:client, :most, :leak)")
    with engine.begin() as connection:
        return bool(connection.scalar(call, {"client": counted_client(client), "most": MOST, "leak": _LEAK}))


def client_succeeded(engine: Engine, client: str) -> None:
    """Take an attempt back: it was a log-in."""
    with engine.begin() as connection:
        connection.execute(text("SELECT portal_client_success(:client)"), {"client": counted_client(client)})


def counted_client(client: str) -> str:
    """What counts as one client: an address of version 4, a network of 64 bits of version 6.

    >>> counted_client("203.0.113.7"), counted_client("2001:db8:1:2:aaaa::1"), counted_client("testclient")
    ('203.0.113.7', '2001:db8:1:2::/64', 'testclient')
    """
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64]
    if address.version == 4:
        return str(address)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped else str(ipaddress.ip_network((int(address), 64), strict=False))
