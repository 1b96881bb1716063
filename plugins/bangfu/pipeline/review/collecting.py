"""Collecting (收集反馈): what ended cases teach screening, linkage and the sources, each case once.

A case is collected when its last step can no longer be taken back. Refusals teach nothing: neither that there is no
hardship, nor that the match is wrong. Clues that were judged are drawn for blind second reviews before; where the prefecture rules
for the second outcome, that supersedes the first in all that was taught. Audit visits were made without
evidence: they teach no rule anything, and tell how many are missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bangfu.china_time import CHINA
from bangfu.db.case_results import Ended, Label, Result, Ticket, keep_results, to_collect
from bangfu.db.cases import events_of
from bangfu.db.samples import CALLED_OFF, Answer, keep_answers
from bangfu.db.second_reviews import keep_end
from bangfu.db.visit_decisions import Decision, keep_decisions
from bangfu.pipeline.context import Context
from bangfu.pipeline.review.calendar import review_calendar
from bangfu.pipeline.review.households import households_of_ended
from bangfu.pipeline.review.second_reviews import draw_second_reviews
from bangfu.pipeline.review.standing_in import stand_in
from bangfu.review.cases import Case, replay
from schemas.flow import UNDO_MINUTES

__all__ = ["Collected", "collect"]

_AT_ONCE = 500
_TEACHING = frozenset({"candidate", "second_review", "audit"})
_WRONG_PERSON, _WRONG_HOUSEHOLD, _WRONG_DATA = "20", "21", "22"


@dataclass(frozen=True)
class Collected:
    """What was collected.

    Attributes:
        cases: Ended cases.
        decisions: Of these, with an outcome that later lists heed.
        labels: Judged links.
        tickets: Requests to departments.
        second_reviews: Judged cases drawn for a blind second review.
        audits: Audit visits that ended.
        stand_ins: Households that stand in for one of these that was not reached.
        pairings: Pairings that ended with a household's exit, or with a clue that was not filed.
    """

    cases: int = 0
    decisions: int = 0
    labels: int = 0
    tickets: int = 0
    second_reviews: int = 0
    audits: int = 0
    stand_ins: int = 0
    pairings: int = 0


def collect(context: Context, now: datetime | None = None) -> Collected:
    """Collect what has ended since; a run that is killed loses nothing, and no case is collected twice.

    Args:
        context: The installation.
        now: Now; None takes the clock.
    """
    moment = now or datetime.now(UTC)
    calendar = review_calendar(context.settings)
    drawn = draw_second_reviews(context, moment, calendar)
    total = Collected(second_reviews=drawn)
    while True:
        with context.engine.begin() as connection:
            ended = to_collect(connection, moment - timedelta(minutes=UNDO_MINUTES), _AT_ONCE)
            if not ended:
                return total
            decisions: list[Decision] = []
            found: list[Result | Label | Ticket] = []
            answers: list[Answer] = []
            stand_ins = 0
            filed: dict[str, str] = {}
            for item in ended:
                if item.flow not in _TEACHING:
                    continue
                case = replay(events_of(connection, item.case_id))
                if item.flow == "second_review":
                    _end_second_review(connection, item, case, moment)
                    item = replace(item, outcome=case.facts["outcome"]) if case.state == "second_stands" else item
                decisions += _decision(item, case)
                if item.flow == "audit":
                    answers += _answer(item)
                    stand_ins += stand_in(connection, item, moment, calendar)
                else:
                    found += [*_results(item), *_labels(item, case), *_tickets(item)]
                if item.state == "filed":
                    filed[item.case_id] = str(case.facts["archive_no"])
            keep_decisions(connection, decisions)
            keep_answers(connection, answers, moment)
            keep_results(connection, [item.case_id for item in ended], found, moment)
            exited = [item.case_id for item in ended if (item.flow, item.state) == ("exit", "exited")]
            pairings = households_of_ended(connection, exited, filed, moment)
        total = Collected(
            total.cases + len(ended),
            total.decisions + len(decisions),
            total.labels + sum(isinstance(item, Label) for item in found),
            total.tickets + sum(isinstance(item, Ticket) for item in found),
            total.second_reviews,
            total.audits + len(answers),
            total.stand_ins + stand_ins,
            total.pairings + pairings,
        )


def _end_second_review(connection: Connection, item: Ended, case: Case, now: datetime) -> None:
    ruling = {"first_stands": "first", "second_stands": "second"}.get(case.state)
    keep_end(connection, item.case_id, ruling, held=case.state != "not_held", now=now)


def _answer(item: Ended) -> list[Answer]:
    if item.list_version is None:
        return []
    return [Answer(item.case_id, item.list_version, item.county_code, item.outcome or CALLED_OFF)]


def _decision(item: Ended, case: Case) -> list[Decision]:
    if item.outcome is None:
        return []
    consent = True if case.facts.get("referral_consent") else None
    day = item.ended_at.astimezone(CHINA).date()
    evidence, digest = item.evidence.get("state"), item.evidence.get("digest")
    return [Decision(item.subject, item.outcome, day, evidence, digest, consent)]


def _results(item: Ended) -> Iterator[Result]:
    if item.outcome is not None:
        for hit in item.evidence.get("hits", ()):
            yield Result(item.case_id, hit["code"], hit["band"], item.match_probability or 1.0, item.outcome)


def _labels(item: Ended, case: Case) -> Iterator[Label]:
    """A wrong match by outcome or judgement is one of all its links, unless there is only one; a right one is of all."""
    judged = case.facts.get("same_person")
    if item.outcome == _WRONG_PERSON or judged == "no":
        same, basis = False, "outcome" if item.outcome == _WRONG_PERSON else "judged"
    elif judged == "yes" and item.outcome != _WRONG_HOUSEHOLD:
        same, basis = True, "judged"
    else:
        return
    own = [match for match in item.match if not match.get("via")]
    if not same and len(own) > 1:
        return  # which of them is wrong was not said
    for match in own:
        yield Label(item.case_id, str(match["record_id"]), str(match["source"]), None, same, basis)


def _tickets(item: Ended) -> Iterator[Ticket]:
    if item.outcome in {_WRONG_PERSON, _WRONG_HOUSEHOLD, _WRONG_DATA}:
        by_source: dict[str, list[str]] = {}
        for match in item.match:
            by_source.setdefault(str(match["source"]), []).append(str(match["record_id"]))
        for source, records in sorted(by_source.items()):
            yield Ticket(item.case_id, source, sorted(set(records)), item.outcome)
