"""The catalogue out of files or out of what the upper server sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ntmdesk.errors import EnvironmentProblem
from sync.protocol.kinds import Catalogue, CatalogueError
from sync.protocol.kinds_load import load

FOLDER = "catalogues/"
"""Where catalogue files lie among the shipped resources."""


def read_catalogue(read_text: Callable[[str], str], names: Iterable[str]) -> Catalogue:
    """Loads the catalogue from files named relative to the resources (``catalogues/kinds/...``).

    EnvironmentProblem ``catalogue_damaged`` (file, key, reason) for a mistake in one of them.
    """
    wanted = dict.fromkeys(n for n in names if n.endswith(".toml"))
    try:
        return load({n.removeprefix(FOLDER): read_text(n) for n in wanted})
    except CatalogueError as error:
        raise EnvironmentProblem(error.code, **error.details) from error
