"""Ports are looked at before anything starts; the message says what to change."""

import socket
from collections.abc import Iterator

import pytest

from bangfu.errors import BangfuError
from bangfu.services.ports import HOST, ServicePort, check_free, service_ports
from bangfu.settings import Settings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port another program listens on."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_taken_port_is_named_with_the_variable_that_changes_it(taken: int) -> None:
    with pytest.raises(BangfuError, match=rf"Port {taken}.*the portal.*taken.*Set BANGFU_PORTAL_PORT to a free port"):
        check_free([ServicePort(taken, "BANGFU_PORTAL_PORT", "the portal")])


def test_port_taken_on_every_interface_is_taken_here_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server, pytest.raises(BangfuError, match="is taken"):
        check_free([ServicePort(server.getsockname()[1], "BANGFU_PORTAL_PORT", "the portal")])


def test_suggested_port_is_free(taken: int) -> None:
    with pytest.raises(BangfuError) as failure:
        check_free([ServicePort(taken, "BANGFU_PORTAL_PORT", "the portal")])
    suggested = int(str(failure.value).rsplit("=", 1)[1].rstrip("."))
    check_free([ServicePort(suggested, "BANGFU_PORTAL_PORT", "the portal")])


def test_one_port_for_two_services_is_refused() -> None:
    settings = Settings.from_environment({"BANGFU_PORTAL_PORT": "8099", "BANGFU_AIRFLOW_PORT": "8099"})
    with pytest.raises(BangfuError, match="BANGFU_AIRFLOW_PORT and BANGFU_PORTAL_PORT are both 8099"):
        check_free(service_ports(settings))
