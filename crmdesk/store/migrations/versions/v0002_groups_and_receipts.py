"""Any number of local data groups per entity; a receipt for every change that the server confirmed."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "ALTER TABLE data_group RENAME TO old_data_group",
    """CREATE TABLE data_group (
        "row" INTEGER NOT NULL,
        id TEXT NOT NULL,
        entity TEXT NOT NULL,
        name TEXT NOT NULL,
        filter TEXT NOT NULL,
        enabled INTEGER DEFAULT 1 NOT NULL,
        PRIMARY KEY ("row"),
        UNIQUE (id)
    )
    """,
    # until now an entity had one group that had no name of its own
    "INSERT INTO data_group (id, entity, name, filter, enabled) "
    "SELECT lower(hex(randomblob(16))), entity, '', filter, 1 FROM old_data_group",
    "DROP TABLE old_data_group",
    """CREATE TABLE receipt (
        "row" INTEGER NOT NULL,
        run TEXT,
        at TEXT NOT NULL,
        entity TEXT NOT NULL,
        record_id TEXT NOT NULL,
        name TEXT,
        verb TEXT NOT NULL,
        fields TEXT NOT NULL,
        before TEXT,
        version TEXT,
        PRIMARY KEY ("row")
    )
    """,
    "ALTER TABLE bookmark ADD COLUMN page INTEGER",
    """CREATE TABLE reminder (
        entity TEXT NOT NULL,
        id TEXT NOT NULL,
        snoozed TEXT,
        dismissed TEXT,
        PRIMARY KEY (entity, id)
    )
    """,
    # mail: lists by conversations; senders whose remote pictures are always shown
    "DROP INDEX message_list",
    "CREATE INDEX message_list ON message (account, folder, date, thread)",
    "CREATE TABLE picture_sender (address TEXT NOT NULL, PRIMARY KEY (address))",
    "CREATE INDEX receipt_run ON receipt (run)",
    "CREATE INDEX receipt_record ON receipt (entity, record_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
