"""Encoding parameters for a linkage model: the encoded form of all that it compares and blocks by."""

from collections.abc import Collection
from dataclasses import replace

from matching.encoding.parameters import KINDS, PROFILES, EncodedField, EncodingParameters, Profile
from matching.model import Model


def parameters_for(
    model: Model,
    profile: Profile,
    columns: Collection[str],
    *,
    companions: tuple[str, ...] = (),
    similar: tuple[str, ...] = (),
) -> EncodingParameters:
    """Parameters by which tables with these columns can be linked by the model, encoded.

    What has no encoded form, such as numbers with tolerances, is left out.

    Args:
        model: its columns under canonical names.
        profile: what the parameters are like besides.
        columns: that the tables have.
        companions: of the strict profile, keys that few records share.
        similar: items of the similarity blocking.
    """
    usual = PROFILES[profile]
    fields = [
        EncodedField(item.kind, item.columns)
        for item in model.comparisons
        if item.kind in KINDS and item.columns[0] in columns
    ]
    read = {rule.name: {key.partition(":")[0] for key in rule.keys} for rule in model.blocking.rules}
    rules = tuple(name for name, needed in read.items() if needed <= set(columns))
    shares = dict.fromkeys(
        f"{name}:plain"
        for item in model.comparisons
        if item.frequency
        for name in (
            (item.frequency.column, *item.frequency.given) if profile == "standard" else (item.frequency.column,)
        )
        if name in columns
    )
    refine = tuple(key for key in model.blocking.refine if key.partition(":")[0] in columns)
    return replace(
        usual,
        fields=tuple({field.name: field for field in reversed(fields)}.values())[::-1],
        rules=rules,
        refine=refine if profile == "standard" else (),
        shares=tuple(shares),
        companions=companions if profile == "strict" else (),
        similar=similar,
    )
