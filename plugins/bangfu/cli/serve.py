"""`bangfu serve`: the officers' portal alone."""

import socket
from typing import Annotated

import typer

from bangfu.errors import BangfuError
from bangfu.settings import Settings

__all__ = ["serve"]


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="TCP port; BANGFU_PORTAL_PORT where absent.")
    ] = None,
) -> None:
    """Serve the officers' portal until interrupted (核查门户).

    Starts the embedded database where no other is given. Behind a proxy that ends TLS, set
    FORWARDED_ALLOW_IPS to the proxy's address, so that cookies are marked secure and attempts to log in
    are counted by the browser's address, not by the proxy's.

    Example:
      bangfu serve --port 8000
    """
    import uvicorn

    from bangfu.portal.app import create_app

    settings = Settings.from_environment()
    listener = _listen(host, port or settings.portal_port)
    with listener:
        if settings.portal_database_url is None:
            _bring_tables_up_to_date(settings)
        app = create_app(settings)
        typer.echo(f"portal: http://{host}:{listener.getsockname()[1]}/", err=True)
        # Addresses name candidates: the portal writes its own log lines, without addresses.
        config = uvicorn.Config(
            app, access_log=False, server_header=False, log_config=_LOGGING, timeout_graceful_shutdown=5
        )
        uvicorn.Server(config).run(sockets=[listener])


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
