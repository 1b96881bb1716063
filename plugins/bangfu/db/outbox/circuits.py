"""Servers that are down (熔断): after some failures in a row nothing is tried at a server for a while.

Messages wait meanwhile without losing attempts. When the time is over one message is tried; the others of the server
wait for what becomes of it.
"""

import datetime as dt

from sqlalchemy import Connection, text

__all__ = ["THRESHOLD", "note_down", "note_up"]

THRESHOLD = 3
"""Failures in a row after which a server counts as down."""

SHORTEST, LONGEST = dt.timedelta(minutes=1), dt.timedelta(minutes=30)
"""How long a server is left alone: twice as long with every failure."""

_DOWN = text(
    """
    INSERT INTO channel_circuit AS circuit (server, failures) VALUES (:server, 1)
    ON CONFLICT (server) DO UPDATE SET failures = circuit.failures + 1,
        open_until = CASE WHEN circuit.failures + 1 >= :threshold
            THEN now() + least(:shortest * power(2, least(circuit.failures + 1 - :threshold, 10)), :longest) END
    """
)


def note_down(connection: Connection, server: str) -> None:
    """A server could not be reached, or said that it cannot answer."""
    values = {"server": server, "threshold": THRESHOLD, "shortest": SHORTEST, "longest": LONGEST}
    connection.execute(_DOWN, values)


def note_up(connection: Connection, server: str) -> None:
    """A server answered."""
    connection.execute(text("DELETE FROM channel_circuit WHERE server = :server"), {"server": server})
