"""Why a message could not be sent (发送失败): a code, and what follows from it; never a word of the other side."""

__all__ = ["SendError"]


class SendError(Exception):
    """A message was not sent, as far as is known.

    Attributes:
        code: Stable code, such as `smtp_450`, `http_503`, `timeout`.
        permanent: Whether trying again is pointless.
        down: Whether the server is to blame, so that others of its messages would fail as well.
        retry_after: Seconds for which the other side asks to be left alone.
    """

    def __init__(self, code: str, *, permanent: bool = False, down: bool = False, retry_after: float = 0) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.down = down
        self.retry_after = retry_after
