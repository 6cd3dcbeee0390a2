"""Run by Alembic: migrate the database that `database.py` has opened."""

from alembic import context

from recognizer.collection.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot change a table's columns
)
context.run_migrations()
