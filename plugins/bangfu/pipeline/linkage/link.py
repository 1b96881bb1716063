"""Linkage (匹配): the roster's persons, and every partner source matched with them.

Objects of one run, all under `links/<run_id>/`:

```
inputs.parquet              source, extract_id
persons                     record_id, source, person_id, cluster_id: rows of all sources -> persons that are the same
                            within their source -> one human being, under an id that lasts from run to run
refused                     left_id, right_id, left_source, right_source, match_weight, column, direct: merges refused
                            since different values of the column, or two persons of one list, would meet in a cluster;
                            direct: the two contradict each other themselves
lineage                     former_id, cluster_id, records, change: ids of the former run that records lost
union_roster-persons        record_id, person_id, cluster_id: the roster's part of `persons`
union_roster-refused        columns of pairs: duplicates that were believed and contradict
<source>-persons            record_id, person_id
<source>-pairs              left_id (roster person), right_id (the source's person), match_weight,
                            match_probability, accepted, pattern, frequency_weight
family                      source, person_id, cluster_id, household_probability: persons a source lists in one
                            household with a roster member
family-pairs                left_id (such a person), right_id (person of the settlements), and as above
```

and `models/<run_id>/<source>.json`, the model with the parameters estimated on these tables.

Only what changed is linked anew: where a former run linked a source from the same extracts, of the source and of the
roster, its pairs and model are taken over; see `bangfu.pipeline.linkage.found`. Clusters are formed over all sources each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources

import polars as pl
import pyarrow as pa

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import LinkSetRow, Run, add_link_set, finish_run, latest_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.linkage.clusters import PersonClusters, former_clusters, household_lists, person_clusters
from bangfu.pipeline.linkage.found import (
    Found,
    finished_runs,
    input_digests,
    keep,
    made,
    put_table,
    put_texts,
    taken_over,
    were_linked,
)
from bangfu.pipeline.linkage.held import Held, handed_over, held, joining
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES, link_relatives, relatives
from bangfu.pipeline.linkage.persons import Persons, collapse
from bangfu.pipeline.linkage.summary import LinkSummary, SourceLinks, source_links, stored, summary_of
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.storage import keys
from matching import LinkOptions, LinkResult, Model, dedupe
from matching import link as match
from matching.errors import MemoryLimitError
from matching.memory import give_back
from matching.model_file import content_hash
from matching.training import trained
from schemas.fields import PERSON
from schemas.sources import PARTNERS, ROSTER, SOURCES

__all__ = ["LinkSummary", "SourceLinks", "link"]

STAGE = "link"
_SETTLEMENTS = "medical_settlement"
_FAMILY = "family"
_PERSON = tuple(field.name for field in PERSON)
_RULES_VERSION = 6
"""Raise it when the same inputs would give other links: former runs are then not reused."""


def link(context: Context, *, progress: Progress | None = None) -> LinkSummary:
    """Link every partner source with the union roster, person by person.

    The same extracts and model again are a no-op that returns the former run.

    Args:
        context: The installation.
        progress: Told after each source.

    Raises:
        BangfuError: There is no standardised roster, or another linkage is going on.
    """
    progress = progress or silent
    with alone(context, STAGE):
        extracts = active_extracts(context)
        if not any(row.source == ROSTER and row.rows_accepted for row in extracts):
            raise BangfuError(
                "There is no standardised union roster to link to: "
                "run `bangfu receive union_roster FILE...` and `bangfu standardise` first."
            )
        model = _model()
        inputs = {
            "extracts": sorted((row.extract_id, row.standard_key) for row in extracts),
            "model": content_hash(model),
            "version": _RULES_VERSION,
        }
        input_hash = digest_of(inputs)
        with context.engine.connect() as connection:
            former = latest_run(connection, STAGE)
        if former is not None and former.input_hash == input_hash:
            return replace(summary_of(former.summary), unchanged=True)
        with registered_run(context, STAGE, input_hash) as run_id:
            return _Run(context, run_id, model, extracts, former, progress).work()


def _model() -> Model:
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        return Model.load(path)


@dataclass(frozen=True)
class _Run:
    """One linkage run at work."""

    context: Context
    run_id: str
    model: Model
    extracts: Sequence[StandingExtract]
    former: Run | None
    progress: Progress

    def work(self) -> LinkSummary:
        digests = input_digests(self.extracts, self.model, _RULES_VERSION)
        former = finished_runs(self.context)
        inputs = [(row.source, row.extract_id) for row in self.extracts]
        self._put("inputs", pl.DataFrame(inputs, ["source", "extract_id"], orient="row"))
        sources, pairs, found, link_sets = self._sources(digests, former)
        clustered = self._clusters(sources, pairs)
        del sources, pairs
        columns = ["record_id", "source", "person_id", "cluster_id"]
        put_texts(self.context, self.run_id, "persons", columns, clustered.pieces())
        self._put("refused", clustered.refused)
        self._put("lineage", clustered.lineage)
        columns.remove("source")
        put_texts(self.context, self.run_id, f"{ROSTER}-persons", columns, clustered.pieces(ROSTER))
        people = self._people(found, clustered)
        roster_records, roster_persons = clustered.number(ROSTER)
        clusters, refused, lineage = len(clustered.ids), len(clustered.refused), clustered.counts
        del clustered
        give_back()
        family, digest = self._family(people, found, digests, former)
        summary = LinkSummary(
            run_id=self.run_id,
            unchanged=False,
            extracts=len(self.extracts),
            roster_records=roster_records,
            roster_persons=roster_persons,
            clusters=clusters,
            refused_merges=refused,
            lineage=lineage,
            sources=tuple(own.counts for own in found.values()),
            family=family,
        )
        told = stored(summary, [row.extract_id for row in self.extracts], {**digests, **digest})
        with self.context.engine.begin() as connection:
            for link_set in link_sets:
                add_link_set(connection, link_set)
            finish_run(connection, self.run_id, told)
        self.progress("link", len(found) + 1, len(found) + 1)
        return summary

    def _sources(
        self, digests: Mapping[str, str], former: Sequence[Run]
    ) -> tuple[dict[str, Held], dict[str, pl.DataFrame], dict[str, Found], list[LinkSetRow]]:
        """Of every source, the roster first: what clusters are formed of, and its links, which are put."""
        listed = [ROSTER, *(code for code in PARTNERS if code in digests)]
        conflicts = tuple(dict.fromkeys(item.column for item in self.model.conflicts))
        sources: dict[str, Held] = {}
        pairs: dict[str, pl.DataFrame] = {}
        found: dict[str, Found] = {}
        roster: pa.Table | None = None
        link_sets = []
        for step, source in enumerate(listed):
            self.progress("link", step, len(listed) + 1)
            own = taken_over(self.context, former, source, digests[source])
            compared = own is None or (
                source == ROSTER and not all(were_linked(former, code, digests[code]) for code in listed)
            )
            persons = self._persons(source, _PERSON if compared else conflicts)
            if source != ROSTER:
                self._put(f"{source}-persons", persons.members)
            sources[source] = held(persons, conflicts)
            table = handed_over(persons.table) if compared else None
            del persons
            if compared and source == ROSTER:
                roster = table
            give_back()
            if own is None:
                roster = handed_over(self._persons(ROSTER).table) if roster is None else roster
                size = sum(item.size for item in sources.values()) + sum(_size(item) for item in pairs.values())
                own = self._linked(source, roster, table, len(sources[source].records), size)
            del table
            link_sets.append(keep(self.context, self.run_id, own, len(sources[ROSTER].persons)))
            pairs[source] = joining(own.joining(), sources[ROSTER], sources[source])
            found[source] = own.without_pairs()
            del own
            give_back()
        self.progress("link", len(listed), len(listed) + 1)
        return sources, pairs, found, link_sets

    def _persons(self, source: str, columns: Sequence[str] = _PERSON) -> Persons:
        key = SOURCES[source].person_key
        return collapse(self._rows(source, list(dict.fromkeys(("record_id", *columns, *key)))), key, columns)

    def _rows(self, source: str, columns: Sequence[str]) -> pl.DataFrame:
        own = [row for row in self.extracts if row.source == source]
        return read_standard(self.context, own, columns)

    def _linked(self, source: str, roster: pa.Table, persons: pa.Table | None, records: int, size: int) -> Found:
        """The source's pairs with the roster; of the roster its duplicates: members of two unions, re-typed rows.

        `records`: rows of the source; `size`: bytes that the run holds besides.
        """
        limit = self.context.settings.link_memory
        options = LinkOptions(memory_limit=None if limit is None else max(limit - size, 0))
        try:
            if source == ROSTER or persons is None:
                persons = roster
                result = dedupe(roster, self.model, options=options)
            else:
                # A person of the source is one human being, but one member may stand in several households,
                # years or insurance schemes of it: the declaration says how many.
                assignment = SOURCES[source].assignment
                result = match(roster, persons, self.model, assignment=assignment, options=options)
        except MemoryLimitError as error:
            raise BangfuError(f"{source} cannot be linked within BANGFU_LINK_MEMORY: {error}.") from error
        return _found(source, records, len(persons), result)

    def _clusters(self, sources: Mapping[str, Held], pairs: Mapping[str, pl.DataFrame]) -> PersonClusters:
        """Join the persons of all sources, under the ids of the former run."""
        households = {
            source: household_lists(self._rows(source, ["record_id", "extract_id", "household_ref"]), own.members)
            for source, own in sources.items()
            if source in HOUSEHOLD_SOURCES
        }

        def former() -> pa.Table | None:
            return former_clusters(self.context, self.former, self.extracts)

        return person_clusters(sources, pairs, households, self.model.conflicts, former)

    def _people(self, found: Mapping[str, Found], clustered: PersonClusters) -> pl.DataFrame | None:
        """The household members of roster members; None where no source lists any or there are no settlements."""
        listing = [source for source in HOUSEHOLD_SOURCES if source in found]
        if _SETTLEMENTS not in found or not listing:
            return None
        people = []
        for source in listing:
            columns = ["left_id", "right_id", "match_probability", "accepted"]
            pairs = self._read(f"{source}-pairs", columns).filter("accepted")
            members = self._read(f"{source}-persons")
            clusters = clustered.of(pairs["left_id"].unique())
            own = relatives(self._rows(source, ["record_id", "household_ref"]), members, pairs, clusters)
            people.append(own.select(pl.lit(source).alias("source"), pl.all()))
        return pl.concat(people)

    def _family(
        self,
        people: pl.DataFrame | None,
        found: Mapping[str, Found],
        digests: Mapping[str, str],
        former: Sequence[Run],
    ) -> tuple[SourceLinks | None, Mapping[str, str]]:
        """The settlements of household members of roster members; the digest of what that follows from."""
        if people is None or people.is_empty():
            return None, {}
        listing = [source for source in HOUSEHOLD_SOURCES if source in found]
        who = people["person_id"].unique().sort().to_list()
        digest = digest_of({"people": who, "sources": [digests[source] for source in (_SETTLEMENTS, *listing)]})
        family = taken_over(self.context, former, _FAMILY, digest)
        if family is None:
            persons = {source: self._persons(source) for source in listing}
            settled = self._persons(_SETTLEMENTS)
            linked = link_relatives(people, persons, settled, found[_SETTLEMENTS].model)
            if linked is None:
                return None, {}
            family = _found(_FAMILY, len(people), len(who), linked)
        self._put(_FAMILY, people)
        keep(self.context, self.run_id, family, len(who))
        return replace(family.counts, records=len(people)), {_FAMILY: digest}

    def _read(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        return read_sealed(self.context, keys.links(self.run_id, name), self.run_id, columns)

    def _put(self, name: str, frame: pl.DataFrame) -> None:
        put_table(self.context, self.run_id, name, frame)


def _size(frame: pl.DataFrame) -> int:
    return int(frame.estimated_size())


def _found(source: str, records: int, persons: int, result: LinkResult) -> Found:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return made(result, source_links(source, records, persons, result), trained(result, LinkOptions(), now))
