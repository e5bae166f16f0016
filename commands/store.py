"""Brings the database to the current schema and fills it with what ships."""

import datetime as dt
from pathlib import Path

from alembic import command
from alembic.config import Config

from core.clock import Clock
from core.db import Database
from core.people import service as people
from core.policies import service as policies
from core.settings import ROOT, Settings
from knowledge import catalogue

DEMO_ROSTER = ROOT / "orgs" / "demo" / "roster.csv"


def migrate(settings: Settings) -> None:
    """Upgrade the schema to the newest revision."""
    settings.var.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = settings.database
    command.upgrade(config, "head")


def prepare(settings: Settings, roster: Path | None = None) -> None:
    """Schema, shipped policies, and a roster when one is given."""
    migrate(settings)
    db = Database(settings.database)
    try:
        now: dt.datetime = Clock(settings.now_offset).now()
        policies.sync(db, catalogue.shipped(), now)
        if roster is not None:
            people.import_roster(db, roster, "system", now)
    finally:
        db.close()
