"""The registered households of a screening (在档户), as they wait for its list to be published: masked, by opaque ids."""

from collections.abc import Iterator

import polars as pl

from bangfu.db.helped_households import NewHousehold
from bangfu.masking import mask_name
from bangfu.pipeline.screening.linked_tables import LinkedTables
from bangfu.pipeline.screening.lists import Ids
from bangfu.pipeline.screening.particulars import described
from bangfu.pipeline.screening.person_ids import file_id, person_ids
from bangfu.screening.archive.households import ARCHIVE, READS, standing_households
from bangfu.screening.screened import Prepared

__all__ = ["new_households"]


def new_households(tables: LinkedTables, seen: Prepared, ids: Ids) -> Iterator[NewHousehold]:
    """The households, one after the other.

    Args:
        tables: The linkage run.
        seen: What screening read.
        ids: Ids of persons as far as they are made.
    """
    linked = seen.material.linked.get(ARCHIVE)
    tied = seen.members.head(0) if linked is None else seen.members.join(linked, on="cluster_id", how="semi")
    members = described(tables, tied)
    households = standing_households(tables.rows(ARCHIVE, READS), linked, members)
    persons = households["persons"].explode(empty_as_null=False).unique().to_list()
    others = members.filter(pl.col("cluster_id").is_in(persons) & ~pl.col("cluster_id").is_in(list(ids.known)))
    known = {**ids.known, **person_ids(others, ids.key)}
    for row in households.iter_rows(named=True):
        yield NewHousehold(
            file_id((row["file"],), ids.key),
            row["file"],
            [known[person] for person in row["persons"] if person in known],
            row["county"],
            row["owner"],
            row["union_name"],
            mask_name(row["name"]),
            row["filed_on"],
            row["returned"],
        )
