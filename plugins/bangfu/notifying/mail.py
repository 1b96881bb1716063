"""Sending a letter by SMTP (发邮件): encrypted unless the server is stated to do without, never less than asked for."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage

from bangfu.notice_settings import SmtpSettings
from bangfu.notifying.failure import SendError

__all__ = ["send_letter"]

_SECONDS = 20.0
"""For each answer of the server; a dialogue has about ten."""


def send_letter(server: SmtpSettings, mail: EmailMessage) -> None:
    """Hand a letter to the mail server; it is sent when the server has taken responsibility for it.

    Raises:
        SendError: The server did not take it. A refused recipient is permanent; everything about the server itself
            (name, TLS, password, sender) stops all mail.
    """
    try:
        with contextlib.closing(_connect(server)) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()  # the letter is taken, whatever happens now
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise SendError(f"smtp_{code}", permanent=code >= 500) from None
    except smtplib.SMTPNotSupportedError:
        raise SendError("smtp_not_supported", down=True) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError) as error:
        raise SendError(f"smtp_{error.smtp_code}", down=True) from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        raise SendError(
            f"smtp_{code}" if code > 0 else "smtp_failed", permanent=code >= 500, down=code == 421
        ) from None
    except TimeoutError:
        raise SendError("timeout", down=True) from None
    except ssl.SSLError:
        raise SendError("tls_failed", down=True) from None
    except (OSError, smtplib.SMTPException):
        raise SendError("unreachable", down=True) from None


def _connect(server: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    own_name = server.sender.rpartition("@")[2]  # not this machine's, which is nobody's business
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, own_name, timeout=_SECONDS, context=context)
    connection = smtplib.SMTP(server.host, server.port, own_name, timeout=_SECONDS)
    if server.security == "starttls":
        try:
            connection.starttls(context=context)
        except BaseException:
            connection.close()
            raise
    return connection
