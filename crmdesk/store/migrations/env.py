"""alembic's entry: the connection is given by upgrade(), in whose transaction everything happens."""

from __future__ import annotations

from alembic import context

from crmdesk.store.tables import fixed

context.configure(connection=context.config.attributes["connection"], target_metadata=fixed, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
