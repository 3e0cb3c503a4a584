"""One dialect for all SQLite databases of the process, and one memory of compiled statements.

A process opens many: a reader and a writer per profile, a profile anew whenever it is opened, a server's. SQLAlchemy
keeps compiled statements by dialect, one per engine; engines over this one share what was compiled once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

COMPILED: LRUCache[Any, Any] = LRUCache(1000)
"""To be given to every engine, as the execution option `compiled_cache`."""
DRIVER = "sqlite+crmdesk"
"""What the URLs of such engines begin with."""


class Dialect(SQLiteDialect_pysqlite):
    """SQLite as the standard library speaks it; any two are equal, so that they find each other's statements."""

    driver = "crmdesk"
    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect)

    def __hash__(self) -> int:
        return hash(Dialect)


dialects.register("sqlite.crmdesk", __name__, Dialect.__name__)
