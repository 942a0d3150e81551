"""Whether a disk has room for a bundle, asked before anything is written."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from pathlib import Path

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.store.database import Store
from ntmdesk.system.whole_files import told
from sync.protocol.bundles import Held, Part, What, read_bundle, read_page
from sync.protocol.errors import WireError
from sync.protocol.packets import open_packet


def require_room(folder: Path, needed: int) -> None:
    """Whether so many bytes are free on a disk.

    EnvironmentProblem ``disk_full`` (file, needed, free), ``not_found`` for a folder that is not there.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as problem:
        raise told(problem, folder, folder=True) from problem
    if free < needed:
        raise EnvironmentProblem("disk_full", file=str(folder), needed=needed, free=free)


def records_in(store: Store, stream: str, parts: Iterable[Part], sealing: bytes) -> int:
    """Records in the parts of a bundle, those of packets that are here already left out."""
    with store.look() as uow:
        here = uow.carrying.known(stream)
    count = 0
    for part in parts:
        try:
            if part.what is What.PACKET:
                packet = open_packet(part.data)
                held = Held(packet.head.replica, packet.head.number, packet.hash)
                count += 0 if held in here else packet.head.count
            elif part.what is What.PAGE:
                count += read_page(part.data)[0].count
            elif part.what is What.BUNDLE:
                inner = read_bundle(io.BytesIO(part.data), len(part.data))
                count += inner.head.records if inner.is_for(sealing) else 0
        except WireError:
            continue  # told when it is taken
    return count
