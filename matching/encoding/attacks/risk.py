"""What an attack achieved (重新识别成功率)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Risk:
    """The success of an attack.

    Attributes:
        attack: its name.
        target: what was guessed.
        success: share of the attacked records guessed right.
        blind: the same for who sees no encoded record and guesses the most frequent value, or any person.
        records: how many were attacked.
    """

    attack: str
    target: str
    success: float
    blind: float
    records: int

    @property
    def gain(self) -> float:
        """What seeing the encoded records is worth."""
        return self.success - self.blind
