"""Re-identification by what is returned (回传内容再识别): reason, month and band of a person whom one half knows.

Who receives matched records already knows these people, and learns only what is returned. Who comes by the returned rows
alone, without ids, and knows a neighbour's reason and month, finds the neighbour's row if few share them.
"""

import polars as pl

from matching.encoding.attacks.risk import Risk


def payload_attack(rows: pl.DataFrame, columns: list[str], fewest: int) -> Risk:
    """Guess which row is a person's whose values in `columns` are known.

    Args:
        rows: returned rows.
        columns: what is returned of each.
        fewest: combinations of fewer rows are withheld (k-anonymity).
    """
    size = pl.len().over(columns).alias("size")
    sizes = rows.select(size)["size"]
    told = sizes.filter(sizes >= fewest)
    success = float((1 / told).sum()) / max(rows.height, 1)
    return Risk("payload", f"row, k = {fewest}", success, 1 / max(rows.height, 1), rows.height)
