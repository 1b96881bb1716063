"""The tables of one linkage run (匹配结果的各表), read as far as they are asked for: columns of a source, and who its rows are.

Text that polars takes from a table stays where it was read, and keeps all of that table's text in memory: what is a part of
a table, and is held, is `compacted`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import link_sets
from bangfu.pipeline.context import Context
from bangfu.pipeline.sealed import read_sealed, sealed_batches
from bangfu.pipeline.standard_tables import read_standard
from bangfu.screening.material import row_links
from bangfu.storage import keys
from schemas.sources import ROSTER

__all__ = ["LinkedTables", "compacted"]


@dataclass(frozen=True)
class LinkedTables:
    """What one linkage run linked, and what it found.

    Attributes:
        context: The installation.
        run_id: The linkage run.
        extracts: From `bangfu.pipeline.screening.reading.linked_extracts`.
    """

    context: Context
    run_id: str
    extracts: Sequence[StandingExtract]

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Partner sources that were linked and have rows."""
        filled = {row.source for row in self.extracts if row.rows_accepted}
        with self.context.engine.connect() as connection:
            linked = [row.source for row in link_sets(connection, self.run_id)]
        return tuple(source for source in linked if source != ROSTER and source in filled)

    def rows(self, source: str, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of all rows of a source, oldest extract first."""
        return read_standard(self.context, self._of(source), columns)

    def pieces(self, source: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The same rows in the same order, a row group in memory at a time."""
        for row in self._of(source):
            if row.rows_accepted:
                yield from sealed_batches(self.context, row.standard_key, row.extract_id, columns)

    def has(self, name: str) -> bool:
        """Whether the run has kept a table of that name."""
        return self.context.store.stat(keys.links(self.run_id, name)) is not None

    def found(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A table of the run; see `bangfu.pipeline.linkage.link`."""
        return read_sealed(self.context, keys.links(self.run_id, name), self.run_id, columns)

    def links(self, source: str, members: pl.DataFrame) -> pl.DataFrame:
        """`record_id` of the rows of a partner source that are roster members', with `LINK_COLUMNS`.

        Args:
            source: The source.
            members: `person_id, cluster_id` of the roster's rows.
        """
        return row_links(self.found(f"{source}-persons"), self.found(f"{source}-pairs"), members)

    def persons(self, sources: Sequence[str], among: pl.DataFrame | None = None) -> pl.DataFrame:
        """Who the rows of some sources are, linked to a member or not: `source, record_id, person_id, person` (cluster).

        Args:
            sources: The sources.
            among: `person`: who is asked for; everybody by default.
        """
        told = []
        for piece in sealed_batches(self.context, keys.links(self.run_id, "persons"), self.run_id):
            own = piece.filter(pl.col("source").is_in(sources)).rename({"cluster_id": "person"})
            told.append(own if among is None else own.join(among, on="person", how="semi", maintain_order="left"))
        return compacted(pl.concat(told))

    def _of(self, source: str) -> list[StandingExtract]:
        return [row for row in self.extracts if row.source == source]


def compacted(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows with text of their own."""
    own = pl.from_arrow(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
    assert isinstance(own, pl.DataFrame)
    return own
