"""The migrations make exactly the tables the program speaks of; a newer database is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sync.protocol.errors import WireError
from sync.server import installation
from sync.server.installation import Installation
from sync.server.store.database import Database
from sync.server.store.schema import METADATA
from sync.server.store.upgrading import newest, present, revisions, upgrade


def test_migrations_and_tables_agree(either: Installation) -> None:
    with either.database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == newest() == revisions()[-1]


def test_the_stream_leads_every_key_of_what_belongs_to_a_stream() -> None:
    for table in METADATA.tables.values():
        if "stream" not in table.c:
            continue
        keys = [list(table.primary_key.columns)]
        keys += [list(c.columns) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
        assert all(key[0].name == "stream" for key in keys), table.name
        assert not any(column.autoincrement is True for column in table.c)


def test_a_database_changed_by_a_newer_program_is_refused_and_left_alone(server: Installation) -> None:
    with server.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    server.close()
    before = server.settings.database_file.read_bytes()
    with pytest.raises(WireError) as caught:
        installation.open_installation(server.settings.data)
    assert (caught.value.code, caught.value.details) == ("store_too_new", {"revision": "9999"})
    assert server.settings.database_file.read_bytes() == before


def test_an_empty_database_has_no_revision(tmp_path: Path) -> None:
    database = Database(f"sqlite+pysqlite:///{tmp_path / 'x.db'}")
    assert present(database) is None
    upgrade(database)
    upgrade(database)
    assert present(database) == newest()
    database.close()


def test_other_databases_are_not_supported() -> None:
    with pytest.raises(WireError, match="bad_settings"):
        Database("mysql://somewhere/x")


def test_an_older_database_is_copied_before_it_is_changed(
    server: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.close()
    steps: list[str] = []
    monkeypatch.setattr(installation, "newest", lambda: "9998")
    monkeypatch.setattr(installation, "upgrade", lambda _: steps.append("upgraded"))
    installation.open_installation(server.settings.data).close()
    assert steps == ["upgraded"]
    assert len(list(server.settings.backups.glob("before-upgrade-*.tar"))) == 1


def test_init_on_a_database_that_has_a_server_is_refused(
    tmp_path: Path, postgres_url: Callable[[], str]
) -> None:
    url = postgres_url()
    installation.create(tmp_path / "one", database=url).close()
    with pytest.raises(WireError, match="store_exists"):
        installation.create(tmp_path / "two", database=url)
