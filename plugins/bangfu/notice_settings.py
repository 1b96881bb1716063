"""How notices reach unions: the portal's address, the mail server, and which addresses are allowed."""

from dataclasses import dataclass, field

__all__ = ["NoticeSettings", "SmtpSettings"]


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server.

    Attributes:
        host: Its name.
        port: Its TCP port.
        security: `starttls`, `tls`, or `none`, which takes no password.
        sender: Address in From.
        user: Name to log in with; None logs in nobody.
        password: Its password.
    """

    host: str
    port: int
    security: str
    sender: str
    user: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class NoticeSettings:
    """What a notice needs to get out.

    Attributes:
        portal_url: Address under which officers reach the portal, without a slash at its end.
        smtp: The mail server; None where none is given: mails wait.
        domains: Domains to which notices may go; empty allows any.
        private: Whether webhooks may go to addresses of private networks, and without TLS to this machine.
    """

    portal_url: str = "http://127.0.0.1:8000"
    smtp: SmtpSettings | None = None
    domains: tuple[str, ...] = ()
    private: bool = False
