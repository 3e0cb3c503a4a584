"""The first schema of the local database."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """CREATE TABLE address (
        entity TEXT NOT NULL,
        id TEXT NOT NULL,
        field TEXT NOT NULL,
        address TEXT NOT NULL,
        folded TEXT NOT NULL,
        name TEXT NOT NULL,
        company TEXT,
        owner TEXT,
        created TEXT,
        PRIMARY KEY (entity, id, field)
    )
    """,
    "CREATE INDEX address_folded ON address (folded)",
    """CREATE TABLE bookmark (
        entity TEXT NOT NULL,
        feed TEXT NOT NULL,
        question TEXT NOT NULL,
        link TEXT,
        reading INTEGER NOT NULL,
        load INTEGER NOT NULL,
        watermark TEXT,
        loaded TEXT,
        swept TEXT,
        complete INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (entity, feed)
    )
    """,
    """CREATE TABLE data_group (
        entity TEXT NOT NULL,
        filter TEXT NOT NULL,
        PRIMARY KEY (entity)
    )
    """,
    """CREATE TABLE history (
        "row" INTEGER NOT NULL,
        id TEXT NOT NULL,
        at TEXT NOT NULL,
        run TEXT,
        who TEXT,
        entity TEXT NOT NULL,
        record_id TEXT NOT NULL,
        field TEXT,
        lost TEXT NOT NULL,
        kept TEXT,
        reason TEXT NOT NULL,
        name TEXT,
        restored TEXT,
        PRIMARY KEY ("row"),
        UNIQUE (id)
    )
    """,
    "CREATE INDEX history_record ON history (entity, record_id)",
    "CREATE INDEX history_run ON history (run)",
    """CREATE TABLE leaving (
        entity TEXT NOT NULL,
        id TEXT NOT NULL,
        reason TEXT NOT NULL,
        run TEXT,
        PRIMARY KEY (entity, id)
    )
    """,
    """CREATE TABLE mail_account (
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        address TEXT NOT NULL,
        name TEXT NOT NULL,
        settings TEXT NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """CREATE TABLE mail_folder (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT,
        state TEXT,
        PRIMARY KEY (account, name)
    )
    """,
    """CREATE TABLE message (
        "row" INTEGER NOT NULL,
        id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        account TEXT NOT NULL,
        folder TEXT NOT NULL,
        remote TEXT,
        date TEXT NOT NULL,
        sender_name TEXT NOT NULL,
        sender TEXT NOT NULL,
        recipients TEXT NOT NULL,
        subject TEXT NOT NULL,
        snippet TEXT NOT NULL,
        thread TEXT NOT NULL,
        in_reply_to TEXT,
        refs TEXT NOT NULL,
        outgoing INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        starred INTEGER NOT NULL,
        attachments INTEGER NOT NULL,
        size INTEGER NOT NULL,
        tracked_because TEXT,
        state TEXT NOT NULL,
        PRIMARY KEY ("row"),
        UNIQUE (id),
        UNIQUE (message_id)
    )
    """,
    "CREATE INDEX message_list ON message (account, folder, date)",
    "CREATE INDEX message_sender ON message (sender)",
    "CREATE INDEX message_thread ON message (thread)",
    """CREATE TABLE message_place (
        account TEXT NOT NULL,
        folder TEXT NOT NULL,
        remote TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (account, folder, remote)
    )
    """,
    "CREATE INDEX message_place_id ON message_place (id)",
    """CREATE TABLE message_raw (
        "row" INTEGER NOT NULL,
        raw BLOB NOT NULL,
        PRIMARY KEY ("row")
    )
    """,
    """CREATE TABLE meta (
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (name)
    )
    """,
    """CREATE TABLE option (
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (name)
    )
    """,
    """CREATE TABLE outbox (
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        entity TEXT NOT NULL,
        id TEXT NOT NULL,
        sent TEXT,
        created_anyway INTEGER DEFAULT 0 NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (kind, entity, id)
    )
    """,
    """CREATE TABLE problem (
        "row" INTEGER NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        entity TEXT NOT NULL,
        record_id TEXT NOT NULL,
        words TEXT NOT NULL,
        choices TEXT NOT NULL,
        details TEXT NOT NULL,
        at TEXT NOT NULL,
        run TEXT,
        PRIMARY KEY ("row"),
        UNIQUE (entity, record_id, kind),
        UNIQUE (id)
    )
    """,
    """CREATE TABLE run (
        "row" INTEGER NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        started TEXT NOT NULL,
        ended TEXT,
        outcome TEXT,
        report TEXT,
        PRIMARY KEY ("row"),
        UNIQUE (id)
    )
    """,
    """CREATE TABLE wanted (
        entity TEXT NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (entity, id)
    )
    """,
    # Holds the words of a message once: search reads them here, and so does the reading pane.
    "CREATE VIRTUAL TABLE message_words USING fts5(subject, people, body, tokenize='unicode61 remove_diacritics 2')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
