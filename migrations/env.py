"""Alembic's environment: the metadata of every store, one URL handed in by the launcher."""
# ruff: noqa: F401  (each store registers its tables)

from alembic import context
from sqlalchemy import create_engine

import core.audit
import core.cases.tables
import core.console.tables
import core.health.tables
import core.learning.tables
import core.messages.tables
import core.notices.tables
import core.people.store
import core.people.tables
import core.policies.store
import core.reminders.tables
import core.talks.tables
import core.worklist.tables
from core.db import metadata

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
