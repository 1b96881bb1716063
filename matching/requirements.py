"""Whether two tables have what a model cannot do without."""

import pyarrow as pa

from matching.errors import LinkError
from matching.model import Model


def check_required(model: Model, left: pa.Table, right: pa.Table) -> None:
    """Refuse tables without the model's required columns; their columns are under the names the model uses.

    Raises:
        LinkError: naming the column, the table and what to do.
    """
    for side, table in (("left", left), ("right", right)):
        for column in model.required:
            if column not in table.column_names:
                names = " or ".join(f"'{name}'" for name in (column, *model.aliases.get(column, ())))
                raise LinkError(
                    f"the {side} table has no column {names}, which model '{model.name}' requires; add it, name "
                    f"its column in the model's aliases, or take '{column}' out of the model's required"
                )
            if len(table) and table[column].null_count == len(table):
                raise LinkError(
                    f"column '{column}' is empty in the {side} table, and model '{model.name}' requires it; fill it, "
                    f"or take '{column}' out of the model's required"
                )
