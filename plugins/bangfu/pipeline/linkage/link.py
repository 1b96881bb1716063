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

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import LinkSetRow, Run, add_link_set, finish_run, latest_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.linkage.clusters import PersonClusters, former_clusters, household_lists, person_clusters
from bangfu.pipeline.linkage.found import Found, finished_runs, input_digests, keep, made, put_table, taken_over
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES, link_relatives, relatives
from bangfu.pipeline.linkage.persons import Persons, collapse
from bangfu.pipeline.linkage.summary import LinkSummary, SourceLinks, source_links, stored, summary_of
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from matching import LinkOptions, LinkResult, Model, dedupe
from matching import link as match
from matching.errors import MemoryLimitError
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
        sources, found, link_sets = self._sources(digests, former)
        clustered = self._clusters(sources, found)
        self._put("persons", clustered.persons)
        self._put("refused", clustered.refused)
        self._put("lineage", clustered.lineage)
        roster = clustered.persons.filter(source=ROSTER).drop("source")
        self._put(f"{ROSTER}-persons", roster)
        family, digest = self._family(roster, sources, found, digests, former)
        summary = LinkSummary(
            run_id=self.run_id,
            unchanged=False,
            extracts=len(self.extracts),
            roster_records=len(roster),
            roster_persons=roster["cluster_id"].n_unique(),
            clusters=clustered.persons["cluster_id"].n_unique(),
            refused_merges=len(clustered.refused),
            lineage=clustered.counts,
            sources=tuple(own.counts for own in found.values()),
            family=family,
        )
        told = stored(summary, [row.extract_id for row in self.extracts], {**digests, **digest})
        with self.context.engine.begin() as connection:
            for link_set in link_sets:
                add_link_set(connection, link_set)
            finish_run(connection, self.run_id, told)
        self.progress("link", len(sources) + 1, len(sources) + 1)
        return summary

    def _sources(
        self, digests: Mapping[str, str], former: Sequence[Run]
    ) -> tuple[dict[str, Persons], dict[str, Found], list[LinkSetRow]]:
        """Of every source, the roster first: its persons with what contradicts, and its links, which are put."""
        listed = [ROSTER, *(code for code in PARTNERS if code in digests)]
        known = {code: own for code in listed if (own := taken_over(self.context, former, code, digests[code]))}
        columns = tuple(dict.fromkeys(item.column for item in self.model.conflicts))
        held = sum(_size(own.pairs) for own in known.values())
        roster = self._persons(ROSTER, columns if len(known) == len(listed) else _PERSON)
        sources, found, link_sets = {}, {}, []
        for step, source in enumerate(listed):
            self.progress("link", step, len(listed) + 1)
            persons = roster
            if source != ROSTER:
                persons = self._persons(source, columns if source in known else _PERSON)
                self._put(f"{source}-persons", persons.members)
            found[source] = known.get(source) or self._linked(source, roster, persons, held)
            link_sets.append(keep(self.context, self.run_id, found[source], len(roster.table)))
            sources[source] = Persons(persons.table.select("record_id", *columns), persons.members)
            held += _size(sources[source].table) + _size(persons.members)
            held += 0 if source in known else _size(found[source].pairs)
        self.progress("link", len(listed), len(listed) + 1)
        return sources, found, link_sets

    def _persons(self, source: str, columns: Sequence[str] = _PERSON) -> Persons:
        key = SOURCES[source].person_key
        return collapse(self._rows(source, list(dict.fromkeys(("record_id", *columns, *key)))), key, columns)

    def _rows(self, source: str, columns: Sequence[str]) -> pl.DataFrame:
        own = [row for row in self.extracts if row.source == source]
        return read_standard(self.context, own, columns)

    def _linked(self, source: str, roster: Persons, persons: Persons, held: int) -> Found:
        """The source's pairs with the roster; of the roster its duplicates: members of two unions, re-typed rows.

        `held`: bytes that the run holds besides.
        """
        limit = self.context.settings.link_memory
        options = LinkOptions(memory_limit=None if limit is None else max(limit - held, 0))
        members = roster.table.to_arrow()
        try:
            if source == ROSTER:
                result = dedupe(members, self.model, options=options)
            else:
                # A person of the source is one human being, but one member may stand in several households,
                # years or insurance schemes of it: the declaration says how many.
                assignment = SOURCES[source].assignment
                result = match(members, persons.table.to_arrow(), self.model, assignment=assignment, options=options)
        except MemoryLimitError as error:
            raise BangfuError(f"{source} cannot be linked within BANGFU_LINK_MEMORY: {error}.") from error
        return _found(source, len(persons.members), len(persons.table), result)

    def _clusters(self, sources: Mapping[str, Persons], found: Mapping[str, Found]) -> PersonClusters:
        """Join the persons of all sources, under the ids of the former run."""
        households = {
            source: household_lists(self._rows(source, ["record_id", "extract_id", "household_ref"]), persons.members)
            for source, persons in sources.items()
            if source in HOUSEHOLD_SOURCES
        }
        former = former_clusters(self.context, self.former, self.extracts)
        return person_clusters(sources, found, households, self.model.conflicts, former)

    def _family(
        self,
        roster: pl.DataFrame,
        sources: Mapping[str, Persons],
        found: Mapping[str, Found],
        digests: Mapping[str, str],
        former: Sequence[Run],
    ) -> tuple[SourceLinks | None, Mapping[str, str]]:
        """Find the household members of roster members, and their settlements; the digest of what that follows from."""
        listing = [source for source in HOUSEHOLD_SOURCES if source in found]
        if _SETTLEMENTS not in found or not listing:
            return None, {}
        clusters = roster.select("person_id", "cluster_id").unique()
        people = pl.concat(
            relatives(
                self._rows(source, ["record_id", "household_ref"]),
                sources[source].members,
                found[source].pairs,
                clusters,
            ).select(pl.lit(source).alias("source"), pl.all())
            for source in listing
        )
        if people.is_empty():
            return None, {}
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

    def _put(self, name: str, frame: pl.DataFrame) -> None:
        put_table(self.context, self.run_id, name, frame)


def _size(frame: pl.DataFrame) -> int:
    return int(frame.estimated_size())


def _found(source: str, records: int, persons: int, result: LinkResult) -> Found:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return made(result, source_links(source, records, persons, result), trained(result, LinkOptions(), now))
