"""What is wrong with a document that somebody handed in, in both languages (有误的文件)."""

__all__ = ["StatedError"]


class StatedError(ValueError):
    """A document that cannot be used.

    Attributes:
        code: Stable reason code.
        zh, en: What is wrong and what to do.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en
