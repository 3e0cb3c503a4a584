"""Case folding in SQL: Dataverse compares texts without regard to case, non-ASCII letters included.

SQLite's own lower() knows ASCII alone, so connections get a function `fold`; PostgreSQL's lower() follows Unicode.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


def folded(text: str) -> str:
    return text.lower()


class fold(GenericFunction[str]):  # noqa: N801 - named as it stands in SQL
    type = String()
    inherit_cache = True


@compiles(fold, "postgresql")
def _fold_on_postgresql(element: fold, compiler: Any, **how: Any) -> str:
    return f"lower({compiler.process(element.clauses, **how)})"


def teach_folding(connection: sqlite3.Connection) -> None:
    """Give an SQLite connection the function `fold`. Deterministic, so that indexes may use it."""
    connection.create_function("fold", 1, _fold, deterministic=True)


def _fold(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value
