"""Opening an installation."""

from hand_built import Database

from bangfu.db.migrating import current_revision, newest_revision
from bangfu.pipeline.context import open_context


def test_an_opened_installation_is_up_to_date(database: Database) -> None:
    with open_context(database.settings) as context:
        assert current_revision(context.engine) == newest_revision()
        assert context.store.stat("standard/none") is None
