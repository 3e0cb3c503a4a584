"""Migrations of the fixed tables, by alembic. versions/ holds one file a step, named by its number."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def upgrade(engine: Engine, number: int) -> None:
    """Bring the database to schema `number`, in one transaction: a killed upgrade leaves the old schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, f"{number:04d}")
        connection.exec_driver_sql(f"PRAGMA user_version={number}")
