"""TCP ports, checked before a service is started on them.

A port that is taken is found here, with the name of the variable that changes it, and not a minute
later in some service's log: the program that has the port may well answer in the new service's name.
"""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from bangfu.errors import BangfuError
from bangfu.settings import Settings

__all__ = ["HOST", "ServicePort", "check_free", "service_ports"]

HOST = "127.0.0.1"
"""Everything listens here alone; who wants to reach it from outside puts a proxy before it."""


@dataclass(frozen=True)
class ServicePort:
    """One port a service will listen on.

    Attributes:
        number: TCP port.
        variable: Environment variable that changes it.
        purpose: Who will listen, for the message.
    """

    number: int
    variable: str
    purpose: str


def service_ports(settings: Settings) -> tuple[ServicePort, ...]:
    """Return the ports that must be free before the services start."""
    return (
        ServicePort(settings.airflow_port, "BANGFU_AIRFLOW_PORT", "Airflow"),
        ServicePort(settings.portal_port, "BANGFU_PORTAL_PORT", "the portal"),
    )


def check_free(ports: Iterable[ServicePort]) -> None:
    """Make sure that every port can be listened on.

    Raises:
        BangfuError: One is taken, may not be used, or is wanted twice; the message names the port
            and the variable that changes it.
    """
    wanted: dict[int, ServicePort] = {}
    for port in ports:
        other = wanted.setdefault(port.number, port)
        if other is not port:
            raise BangfuError(
                f"{other.variable} and {port.variable} are both {port.number}: give {port.purpose} another port."
            )
        _check(port)


def _check(port: ServicePort) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((HOST, port.number))
        except OSError as error:
            reason = "is taken by another program" if error.errno == errno.EADDRINUSE else "may not be used"
            raise BangfuError(
                f"Port {port.number}, wanted for {port.purpose}, {reason} ({error.strerror}). "
                f"Set {port.variable} to a free port, such as {port.variable}={_suggestion(port.number)}."
            ) from None


def _suggestion(port: int) -> int:
    """A port that is free now, near the one that was wanted."""
    for candidate in range(max(port + 1, 1024), 65536):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return candidate
    return port
