"""The areas an officer may choose from (地区选择)."""

from dataclasses import dataclass

from schemas.reference import divisions

__all__ = ["AreaChoice", "area_choices"]


@dataclass(frozen=True)
class AreaChoice:
    """One area that may be chosen; counties are indented under their prefecture."""

    code: str
    name: str
    is_county: bool


def area_choices(own_area: str) -> list[AreaChoice]:
    """The areas an officer may choose from: none for a county's, who has one."""
    if len(own_area) == 6:
        return []
    inside = [item for item in divisions().values() if item.code.startswith(own_area) and item.level != "province"]
    return [
        AreaChoice(item.code if item.level == "county" else item.code[:4], item.short_name, item.level == "county")
        for item in sorted(inside, key=lambda item: item.code)
    ]
