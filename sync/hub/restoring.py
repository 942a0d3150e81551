"""Where a restored server forks off the life it had, and which life goes on (rules 20, 23)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sync.hub.ports import ArchiveTransaction, StreamState
from sync.protocol.pages import Epoch, Fork, forks_of


def line_after_restore(live: Sequence[Epoch], backup: Sequence[Epoch]) -> tuple[Epoch, ...]:
    """The epochs a restored server should know before it opens its new one.

    As long as the memory being replaced can be read and grew out of the backup, the new epoch is its child:
    then restoring one backup twice makes no two children of one parent, and no laptop stops.
    """
    grown = [epoch.random for epoch in live[: len(backup)]] == [epoch.random for epoch in backup]
    return tuple(live) if grown else tuple(backup)


def forks_after_restore(
    line: Sequence[Epoch],
    backup: Sequence[Epoch],
    states: Mapping[str, StreamState],
    commit_at: Callable[[str, int], str | None],
) -> dict[str, Fork]:
    """For each stream of the backup (``states``) the last commit that the backup and every life after it
    share.

    ``commit_at(stream, seq)``: as in the archive, of the backup.
    """
    between = line[len(backup) :]
    forks: dict[str, Fork] = {}
    for stream, state in states.items():
        seq = min(state.seq, forks_of(between, stream)) if between else state.seq
        forks[stream] = Fork(stream, seq, (commit_at(stream, seq) or "") if seq else "")
    return forks


def open_after_restore(tx: ArchiveTransaction, live: Sequence[Epoch], random: str) -> Epoch:
    """Opens the life of a server whose memory is a backup's again; always a new one (rule 23).

    ``tx``: on the backup's memory.  ``live``: the lives known to the memory it replaces, oldest first, ()
    when that could not be read.  ``random``: the new life's name, 32 hex digits.
    """
    backup = tx.epochs_since("")
    line = line_after_restore(live, backup)
    forks = forks_after_restore(line, backup, tx.states(), tx.commit_at)
    tx.know_epochs(line)
    return tx.open_epoch(random, forks)


def choose(tx: ArchiveTransaction, heard: Collection[str], random: str) -> Epoch:
    """A keeper's word that this server's present life is to go on: opens one that follows it.

    It also ends every other life that laptops have told of (``heard``): they come back and offer everything
    again.  ``random``: the new life's name.
    """
    ended = ended_by(tx.epochs_since(""))
    return tx.open_epoch(random, {}, tuple(sorted(set(heard) - ended)))


def ended_by(line: Sequence[Epoch]) -> set[str]:
    """The lives a laptop may know and still follow a server's line: its own and those it has ended."""
    return {name for epoch in line for name in (epoch.random, *(epoch.others or ()))}
