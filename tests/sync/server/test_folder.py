"""A server's folder: settings, keys, certificate, lock."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from sync.protocol.errors import WireError
from sync.server import catalogues, folder_lock, installation, keys, settings, tls
from sync.server.installation import Installation
from sync.server.store import catalogues as catalogue_rows
from sync.web.rates import RateLimit

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


def test_a_folder_is_closed_to_others(server: Installation) -> None:
    data = server.settings.data
    assert data.stat().st_mode & 0o077 == 0
    private = [data / "keys" / "signing.key", data / "keys" / "sealing.key", data / "tls" / "server.key"]
    assert [p.stat().st_mode & 0o777 for p in (*private, data / "settings.toml")] == [0o600] * 4


def test_settings_written_are_read_and_mistakes_named(tmp_path: Path) -> None:
    settings.write(settings.Settings(data=tmp_path, public_url="https://xa.example"))
    assert settings.read(tmp_path).public_url == "https://xa.example"
    for text, reason in (
        ("x = 1", "unknown key x"),
        ("[limits]\nworkers = 0", "limits.workers"),
        ("[limits]\nspeed = 1", "limits.speed"),
        ("database = 1", "database"),
        ("=", ""),
    ):
        (tmp_path / "settings.toml").write_text(text)
        with pytest.raises(WireError) as caught:
            settings.read(tmp_path)
        assert caught.value.code == "bad_settings"
        assert reason in caught.value.details["reason"]
    (tmp_path / "settings.toml").write_text("[limits]\nworkers = 9\n")
    assert settings.read(tmp_path).limits.workers == 9


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u@h/db", "postgresql+psycopg://u@h/db"),
        ("postgres://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+psycopg://h/db", "postgresql+psycopg://h/db"),
    ],
)
def test_a_postgresql_url_is_taken_as_people_write_it(tmp_path: Path, given: str, used: str) -> None:
    assert settings.Settings(data=tmp_path, database=given).database_url == used


def test_a_folder_without_a_server_and_one_with_two(server: Installation, tmp_path: Path) -> None:
    with pytest.raises(WireError, match="no_store"):
        installation.open_installation(tmp_path / "nothing")
    with pytest.raises(WireError, match="store_exists"):
        installation.create(server.settings.data)


def test_keys_missing_damaged_or_open_are_noticed(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys")
    assert keys.read(tmp_path / "keys").signing_public == made.signing_public
    with pytest.raises(FileExistsError):
        keys.create(tmp_path / "keys")
    (tmp_path / "keys" / "signing.key").chmod(0o644)
    assert keys.open_to_others(tmp_path / "keys") == ["signing.key"]
    (tmp_path / "keys" / "signing.key").write_text("abcd")
    with pytest.raises(WireError, match="keys_damaged"):
        keys.read(tmp_path / "keys")
    (tmp_path / "keys" / "sealing.key").unlink()
    (tmp_path / "keys" / "signing.key").write_text("00" * 32)
    with pytest.raises(WireError, match="keys_missing"):
        keys.read(tmp_path / "keys")


def test_the_certificate_is_for_the_names_given_and_its_fingerprint_is_whole(tmp_path: Path) -> None:
    told = tls.create(tmp_path, NOW, ("192.0.2.7", "xa.example"))
    path = tmp_path / tls.CERTIFICATE
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "xa.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
    assert told == tls.fingerprint(path)
    assert len(told) == 64
    assert tls.is_self_signed(path)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(path, tmp_path / tls.KEY)
    (tmp_path / "x.crt").write_text("not one")
    for read in (tls.fingerprint, tls.is_self_signed):
        with pytest.raises(WireError, match="bad_certificate"):
            read(tmp_path / "x.crt")


def test_a_folder_serves_one_process(tmp_path: Path) -> None:
    with (
        folder_lock.held(tmp_path),
        pytest.raises(WireError, match="server_running"),
        folder_lock.held(tmp_path),
    ):
        raise AssertionError
    with folder_lock.held(tmp_path):
        pass


def test_a_bucket_fills_again_with_time() -> None:
    now = [0.0]
    limit = RateLimit(2, lambda: now[0])
    assert [limit.take("a"), limit.take("a")] == [0.0, 0.0]
    assert limit.take("a") == pytest.approx(30)
    assert limit.take("b") == 0.0
    now[0] = 30.1
    assert limit.take("a") == 0.0
    assert limit.take("a") > 0


def changed(version: int, folder: Path) -> dict[str, str]:
    """The shipped catalogue under another version."""
    source = catalogues.shipped()
    assert source is not None
    documents = catalogues.read_folder(source)
    documents["catalogue.toml"] = documents["catalogue.toml"].replace("version = 1", f"version = {version}")
    return documents


def test_a_newer_catalogue_is_noticed_by_a_server_at_work(server: Installation, tmp_path: Path) -> None:
    now = [0.0]
    live = catalogues.LiveCatalogue(server.database, lambda: now[0])
    assert live.get().judge.version == 1
    catalogue, new = catalogues.store(server.database, changed(2, tmp_path))
    assert (catalogue.version, new) == (2, True)
    assert live.get().judge.version == 1
    now[0] = 6
    assert live.get().catalogue.version == live.get().judge.version == 2
    with server.database.read() as connection:
        assert catalogue_rows.files(connection, 1) != catalogue_rows.files(connection, 2) != {}


def test_a_catalogue_never_goes_back_or_changes_in_silence(server: Installation, tmp_path: Path) -> None:
    catalogues.store(server.database, changed(3, tmp_path))
    assert catalogues.store(server.database, changed(3, tmp_path))[1] is False
    with pytest.raises(WireError, match="catalogue_older"):
        catalogues.store(server.database, changed(2, tmp_path))
    other = changed(3, tmp_path) | {"extra.toml": "a = 1"}
    with pytest.raises(WireError, match="catalogue_changed"):
        catalogues.store(server.database, other)


def test_a_mistake_in_a_catalogue_names_file_and_key(server: Installation, tmp_path: Path) -> None:
    documents = changed(2, tmp_path)
    documents["kinds/outreach.toml"] = documents["kinds/outreach.toml"].replace(
        'choices = "outreach_types"', 'choices = "nowhere"'
    )
    with pytest.raises(WireError) as caught:
        catalogues.store(server.database, documents)
    assert caught.value.code == "catalogue_damaged"
    assert caught.value.details["file"] == "kinds/outreach.toml"
    with pytest.raises(WireError, match="not_found"):
        catalogues.read_folder(tmp_path)  # a folder with other .toml files below it
