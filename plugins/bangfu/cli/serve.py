"""`bangfu serve`: the officers' portal alone."""

import socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bangfu.errors import BangfuError
from bangfu.settings import Settings

if TYPE_CHECKING:
    import uvicorn

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="TCP port; BANGFU_PORTAL_PORT where absent.")
    ] = None,
) -> None:
    """Serve the officers' portal until interrupted (核查门户).

    Starts the embedded database where no other is given. BANGFU_PORTAL_PROCESSES says how many processes answer; one that
    ends is replaced. Behind a proxy that ends TLS, set
    FORWARDED_ALLOW_IPS to the proxy's address, so that cookies are marked secure and attempts to log in
    are counted by the browser's address, not by the proxy's.

    Example:
      bangfu serve --port 8000
    """
    settings = Settings.from_environment()
    listener = _listen(host, port or settings.portal_port)
    with listener:
        if settings.portal_database_url is None:
            _bring_tables_up_to_date(settings)
        address = f"portal: http://{host}:{listener.getsockname()[1]}/"
        if settings.portal_processes == 1:
            _serve_here(settings, listener, address)
        else:
            _serve_in_processes(settings, listener, address)


def _serve_here(settings: Settings, listener: socket.socket, address: str) -> None:
    import uvicorn

    from bangfu.portal.app import create_app

    app = create_app(settings)
    typer.echo(address, err=True)
    uvicorn.Server(_config(app)).run(sockets=[listener])


def _serve_in_processes(settings: Settings, listener: socket.socket, address: str) -> None:
    """Have several processes answer on one socket; what cannot be used is said here, before they start."""
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    from bangfu.db import portal_engine

    portal_engine(settings).dispose()
    typer.echo(address, err=True)
    config = _config("bangfu.portal.app:create_one_of_several", factory=True, workers=settings.portal_processes)
    several = Multiprocess(config, [listener])
    several.run()
    if any(process.exitcode == STARTUP_FAILURE for process in several.processes):
        raise typer.Exit(1)


def _config(app: Any, **options: Any) -> "uvicorn.Config":
    """How the portal is served. Addresses name candidates: the portal writes its own log lines, without addresses."""
    import uvicorn

    return uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        log_config=_LOGGING,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_worker_healthcheck=20,
        **options,
    )


_KEEP_ALIVE = 75
"""Seconds for which a browser's connection is kept while its officer reads."""


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "bangfu": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the port, so that nobody takes it between the check and the start."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BangfuError(
            f"Port {port} of {host}, wanted for the portal, cannot be used ({error.strerror}). "
            "Set BANGFU_PORTAL_PORT or --port to a free port."
        ) from None
    return listener


def _bring_tables_up_to_date(settings: Settings) -> None:
    from bangfu.pipeline.context import open_context

    open_context(settings).close()
