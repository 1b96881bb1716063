"""From a retracted delivery to the notice of its clues' owners, through linkage and screening."""

from hand_built import Database, add, member, opened, stay
from sqlalchemy import text

from bangfu.db.deliveries import list_deliveries
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.screen import screen
from tests.approving import publish

TOTALS = """
    SELECT list_version, kind, sum((counts->>'new')::int), sum((counts->>'withdrawn')::int),
           sum((counts->>'retracted')::int)
    FROM notice GROUP BY 1, 2 ORDER BY 1, 2
"""


def run(context: Context) -> None:
    link(context)
    screen(context)
    publish(context)


def test_the_way_of_a_retraction(database: Database) -> None:
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(150)])
    add(context, "medical_settlement", [stay(n, 60_000, "2026-03-01") for n in range(10)])
    run(context)
    with context.engine.connect() as connection:
        [delivery] = list_deliveries(connection, source="medical_settlement")
    retract(context, delivery.delivery_id, "sent by mistake", by="chen.jie")
    add(context, "medical_settlement", [stay(700, 100, "2026-03-01")], period="2026Q3")
    run(context)
    with context.engine.connect() as connection:
        totals = [tuple(row) for row in connection.execute(text(TOTALS))]
    new = totals[0][2]
    assert new > 0
    assert totals == [(1, "list", new, 0, None), (2, "list", 0, new, None), (2, "retraction", None, None, new)]
