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
<source>-persons            record_id, person_id
<source>-pairs              left_id (roster person), right_id (the source's person), match_weight,
                            match_probability, accepted, pattern, frequency_weight
family                      source, person_id, cluster_id, household_probability: persons a source lists in one
                            household with a roster member
family-pairs                left_id (such a person), right_id (person of the settlements), and as above
```

and `models/<run_id>/<source>.json`, the model with the parameters estimated on these tables.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import LinkSetRow, Run, add_link_set, finish_run, latest_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.linkage.clusters import PersonClusters, former_clusters, household_lists, person_clusters
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES, link_relatives, relatives
from bangfu.pipeline.linkage.persons import Persons, collapse
from bangfu.pipeline.sealed import ensure_data_key
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.storage import keys
from bangfu.vault import write_table
from matching import LinkResult, Model, dedupe
from matching import link as match
from matching.cluster_ids import Lineage
from matching.linkage import LinkOptions
from matching.model_file import content_hash
from matching.training import trained
from schemas.fields import PERSON
from schemas.sources import PARTNERS, ROSTER, SOURCES

__all__ = ["LinkSummary", "SourceLinks", "link"]

STAGE = "link"
_SETTLEMENTS = "medical_settlement"
_RULES_VERSION = 4
"""Raise it when the same inputs would give other links: former runs are then not reused."""


@dataclass(frozen=True)
class SourceLinks:
    """What linkage found for one source; for the roster, its duplicates.

    Attributes:
        source: Source code.
        records: Standardised rows.
        persons: Persons after collapsing by the declared key.
        pairs_scored: Candidate pairs compared.
        pairs_accepted: Pairs accepted as the same person.
        expected_matches: Sum of match probabilities over the candidate pairs, rounded.
        notes: What the engine left out or doubts; names of columns and counts.
    """

    source: str
    records: int
    persons: int
    pairs_scored: int
    pairs_accepted: int
    expected_matches: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkSummary:
    """Counts of one linkage run.

    Attributes:
        run_id: The run; a former one when `unchanged`.
        unchanged: Whether the inputs were linked before, so that nothing was done.
        extracts: Extracts read.
        roster_records: Roster rows.
        roster_persons: Human beings on the roster, duplicates joined.
        clusters: Human beings over all sources.
        refused_merges: Pairs believed, but not joined, since their clusters would contradict.
        lineage: How many ids of clusters were carried over from the former run, and what became of the others.
        sources: One entry per source with rows, the roster first.
        family: Household members of roster members, linked with the settlements; None where nobody is known.
    """

    run_id: str
    unchanged: bool
    extracts: int
    roster_records: int
    roster_persons: int
    clusters: int
    refused_merges: int
    lineage: Lineage
    sources: tuple[SourceLinks, ...]
    family: SourceLinks | None = None


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
            return replace(_summary_of(former.summary), unchanged=True)
        with registered_run(context, STAGE, input_hash) as run_id:
            return _Run(context, run_id, model, extracts, former, progress).work()


def _model() -> Model:
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        return Model.load(path)


def _summary_of(stored: Any) -> LinkSummary:
    def counts(item: Any) -> SourceLinks:
        return SourceLinks(**{**item, "notes": tuple(item["notes"])})

    family = counts(stored["family"]) if stored["family"] else None
    stored = {name: value for name, value in stored.items() if name != "inputs"}
    sources = tuple(counts(item) for item in stored["sources"])
    return LinkSummary(**{**stored, "lineage": Lineage(**stored["lineage"]), "sources": sources, "family": family})


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
        partners = [code for code in PARTNERS if any(row.source == code and row.rows_accepted for row in self.extracts)]
        steps = len(partners) + 2
        self.progress("link", 0, steps)
        inputs = [(row.source, row.extract_id) for row in self.extracts]
        self._put("inputs", pl.DataFrame(inputs, ["source", "extract_id"], orient="row"))
        sources = {ROSTER: self._persons(ROSTER)}
        found = {ROSTER: self._duplicates(sources[ROSTER])}
        self.progress("link", 1, steps)
        for step, source in enumerate(partners, 2):
            sources[source] = self._persons(source)
            found[source] = self._partner(source, sources[ROSTER], sources[source])
            self.progress("link", step, steps)
        made = self._clusters(sources, found)
        roster = made.persons.filter(source=ROSTER).drop("source")
        self._put(f"{ROSTER}-persons", roster)
        kept = [self._keep(source, sources[source], result) for source, result in found.items()]
        family = self._family(roster.select("person_id", "cluster_id").unique(), sources, found)
        self.progress("link", steps, steps)
        summary = LinkSummary(
            run_id=self.run_id,
            unchanged=False,
            extracts=len(self.extracts),
            roster_records=len(roster),
            roster_persons=roster["cluster_id"].n_unique(),
            clusters=made.persons["cluster_id"].n_unique(),
            refused_merges=len(made.refused),
            lineage=made.counts,
            sources=tuple(counts for counts, _ in kept),
            family=family,
        )
        with self.context.engine.begin() as connection:
            for _, link_set in kept:
                add_link_set(connection, link_set)
            read = [row.extract_id for row in self.extracts]
            finish_run(connection, self.run_id, {**asdict(summary), "inputs": read})
        return summary

    def _persons(self, source: str) -> Persons:
        declared = SOURCES[source]
        columns = dict.fromkeys(("record_id", *(field.name for field in PERSON), *declared.person_key))
        return collapse(self._rows(source, list(columns)), declared.person_key)

    def _rows(self, source: str, columns: Sequence[str]) -> pl.DataFrame:
        own = [row for row in self.extracts if row.source == source]
        return read_standard(self.context, own, columns)

    def _duplicates(self, roster: Persons) -> LinkResult:
        """The roster's duplicates: a member of two unions, a re-typed row."""
        return dedupe(roster.table.to_arrow(), self.model)

    def _partner(self, source: str, roster: Persons, persons: Persons) -> LinkResult:
        self._put(f"{source}-persons", persons.members)
        # A person of the source is one human being, but one member may stand in several households,
        # years or insurance schemes of it: the declaration says how many.
        assignment = SOURCES[source].assignment
        return match(roster.table.to_arrow(), persons.table.to_arrow(), self.model, assignment=assignment)

    def _clusters(self, sources: Mapping[str, Persons], found: Mapping[str, LinkResult]) -> PersonClusters:
        """Join the persons of all sources, under the ids of the former run."""
        households = {
            source: household_lists(self._rows(source, ["record_id", "extract_id", "household_ref"]), persons.members)
            for source, persons in sources.items()
            if source in HOUSEHOLD_SOURCES
        }
        former = former_clusters(self.context, self.former)
        made = person_clusters(sources, found, households, self.model.conflicts, former)
        self._put("persons", made.persons)
        self._put("refused", made.refused)
        self._put("lineage", made.lineage)
        return made

    def _family(
        self, clusters: pl.DataFrame, sources: Mapping[str, Persons], found: Mapping[str, LinkResult]
    ) -> SourceLinks | None:
        """Find the household members of roster members, and their settlements."""
        if _SETTLEMENTS not in found:
            return None
        listing = {source: sources[source] for source in HOUSEHOLD_SOURCES if source in found}
        parts = []
        for source, persons in listing.items():
            rows = self._rows(source, ["record_id", "household_ref"])
            related = relatives(rows, persons.members, pl.DataFrame(found[source].pairs), clusters)
            parts.append(related.select(pl.lit(source).alias("source"), pl.all()))
        people = pl.concat(parts) if parts else pl.DataFrame()
        linked = link_relatives(people, listing, sources[_SETTLEMENTS], found[_SETTLEMENTS].model)
        if linked is None:
            return None
        self._put("family", people)
        self._put("family-pairs", pl.DataFrame(linked.pairs))
        self._put_model("family", linked.model)
        return _counts("family", len(people), people["person_id"].n_unique(), linked)

    def _keep(self, source: str, persons: Persons, result: LinkResult) -> tuple[SourceLinks, LinkSetRow]:
        counts = _counts(source, len(persons.members), len(persons.table), result)
        link_set = LinkSetRow(
            run_id=self.run_id,
            source=source,
            pairs_key=self._put(f"{source}-pairs", pl.DataFrame(result.pairs)),
            model_key=self._put_model(source, trained(result, LinkOptions(), _now())),
            left_rows=result.report.left_rows,
            right_rows=result.report.right_rows,
            pairs_scored=result.report.candidate_pairs,
            pairs_accepted=result.report.accepted_pairs,
        )
        return counts, link_set

    def _put_model(self, name: str, model: Model) -> str:
        key = keys.model(self.run_id, name)
        with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
            path = Path(folder) / "model.json"
            model.save(path)
            self.context.store.put(key, path)
        return key

    def _put(self, name: str, frame: pl.DataFrame) -> str:
        key = keys.links(self.run_id, name)
        with tempfile.TemporaryDirectory(prefix="bangfu-") as folder:
            path = Path(folder) / "table.parquet"
            write_table(path, frame, ensure_data_key(self.context, self.run_id))
            self.context.store.put(key, path)
        return key


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _counts(source: str, records: int, persons: int, result: LinkResult) -> SourceLinks:
    return SourceLinks(
        source=source,
        records=records,
        persons=persons,
        pairs_scored=result.report.candidate_pairs,
        pairs_accepted=result.report.accepted_pairs,
        expected_matches=round(result.report.expected_matches),
        notes=result.report.notes,
    )
