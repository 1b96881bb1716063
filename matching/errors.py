"""What a caller of the linkage library can act on. Messages carry counts and names of columns, never values."""


class ModelError(ValueError):
    """A linkage model that cannot be used as written; the message says what to change."""


class LinkError(ValueError):
    """Tables that cannot be linked as given; the message says what to change."""


class MemoryLimitError(LinkError):
    """A linkage that takes more memory than it may; the message says how much."""


class EncodingError(ValueError):
    """Records that cannot be encoded as asked, or encoded records that cannot be compared; says what to change."""
