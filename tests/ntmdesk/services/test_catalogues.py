"""The catalogue out of the shipped files."""

import pytest

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.services.catalogues import read_catalogue
from ntmdesk.system.assets import assets


def test_the_shipped_catalogue() -> None:
    catalogue = read_catalogue(assets().read_text, assets().names("catalogues"))
    assert catalogue.version >= 1
    assert "support_visit" in catalogue.kinds


def test_a_damaged_file_is_named() -> None:
    with pytest.raises(EnvironmentProblem) as error:
        read_catalogue(lambda name: "version = 'one'", ["catalogues/catalogue.toml"])
    assert error.value.code == "catalogue_damaged"
    assert error.value.details == {
        "file": "catalogue.toml",
        "key": "version",
        "reason": "must be a whole number",
    }
