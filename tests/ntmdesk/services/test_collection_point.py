"""A collection point over a real store, with a member that comes over real TLS."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from ntmdesk.errors import AppError, EnvironmentProblem, SyncProblem, UserError
from ntmdesk.services import collection_point, records
from ntmdesk.services.collection_point import CollectionPoint, again, open_point
from ntmdesk.services.meeting import Taken, meet
from ntmdesk.store.database import Store
from sync.point.deliveries import Answered
from tests.fakes import FakeClock
from tests.ntmdesk.services.conftest import Bench

HERE = "127.0.0.1"


class Lead:
    """A leader's desk and its point; ``take`` does with a bundle what a test wants."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.take: Callable[[Store, bytes], Answered] = self.add_household
        self.stores: set[int] = set()
        self.threads: set[str] = set()
        self.told = threading.Event()
        self.point: CollectionPoint = open_point(
            again(bench.store),
            host=HERE,
            announced_on=(),
            changed=self.told.set,
            take=lambda store, bundle: self._take(store, bundle),
        )

    def _take(self, store: Store, bundle: bytes) -> Answered:
        self.stores.add(id(store))
        self.threads.add(threading.current_thread().name)
        return self.take(store, bundle)

    def add_household(self, store: Store, bundle: bytes) -> Answered:
        """The bundle is the name of a household, which the leader's store takes."""
        with store.begin(self.bench.author) as uow:
            records.add(uow, "household", {"head_name": bundle.decode(), "lane": "Ngõ 2"})
        return Answered(b"thanks", "device 1", "Lê Thị Lan", 1)

    def meet(self, bundle: str = "Đặng Văn Bảy") -> int:
        """A member gives a bundle in; what came back."""
        took: list[bytes] = []

        def take(_: Store, answer: bytes) -> Taken:
            took.append(answer)
            return Taken(len(answer), 0)

        status = self.point.status()
        return meet(
            self.bench.store,
            status.code,
            status.addresses[0],
            make=lambda _: (bundle.encode(), 1),
            take=take,
            clock=FakeClock(),
        ).received


@pytest.fixture
def lead(bench: Bench) -> Iterator[Lead]:
    made = Lead(bench)
    yield made
    made.point.close()


def trouble(call: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        call()
    return caught.value


def heads(bench: Bench) -> list[str]:
    with bench.look() as uow:
        return sorted(row["head_name"] for row in uow.records.list("household").rows)


def test_what_is_delivered_stands_in_the_leaders_store_at_once(lead: Lead, bench: Bench) -> None:
    assert lead.meet("Đặng Văn Bảy") == len(b"thanks")
    assert lead.meet("Lê Văn Tám") == len(b"thanks")
    assert heads(bench) == ["Lê Văn Tám", "Đặng Văn Bảy"]
    assert lead.told.is_set()
    assert (len(lead.stores), len(lead.threads)) == (1, 1)
    (one,) = lead.point.status().delivered
    assert (one.name, one.times, one.records) == ("Lê Thị Lan", 2, 2)


def test_the_status_names_the_point_and_nobody(lead: Lead) -> None:
    status = lead.point.status()
    assert status.name == f"Điểm thu {status.code[:4]}"
    assert status.url == f"https://{status.addresses[0]}"
    assert status.fingerprint.upper() in status.qr
    assert 0 < status.idle_left <= collection_point.IDLE_MINUTES * 60
    assert (status.ended_by, status.trouble, status.delivered) == ("", "", ())
    assert set(status.document()) >= {"url", "code", "fingerprint", "qr"}


def test_what_is_wrong_with_a_bundle_its_sender_is_told(lead: Lead) -> None:
    def refuse(store: Store, bundle: bytes) -> Answered:
        raise UserError("bundle_foreign", reason="team", path=object())

    lead.take = refuse
    error = trouble(lead.meet)
    assert (error.code, error.details) == ("bundle_foreign", {"reason": "team"})
    assert lead.point.status().trouble == ""
    assert lead.point.status().delivered == ()


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (EnvironmentProblem("disk_full", file="/home/hoa"), "disk_full"),
        (SyncProblem("store_damaged"), "store_damaged"),
        (KeyError("Đặng Văn Bảy"), "unexpected"),
    ],
)
def test_this_laptops_own_trouble_is_told_here_and_only_that_there_is_some_there(
    lead: Lead, problem: Exception, told: str
) -> None:
    def fail(store: Store, bundle: bytes) -> Answered:
        raise problem

    lead.take = fail
    error = trouble(lead.meet)
    assert error.code == "point_trouble"
    assert "hoa" not in str(error.details)
    assert "Bảy" not in str(error.details)
    assert lead.point.status().trouble == told
    lead.take = lead.add_household
    lead.meet()
    assert lead.point.status().trouble == ""


def test_while_the_store_is_taken_the_member_waits_its_turn(lead: Lead, bench: Bench) -> None:
    turns = iter([EnvironmentProblem("locked_elsewhere")])

    def take(store: Store, bundle: bytes) -> Answered:
        for problem in turns:
            raise problem
        return lead.add_household(store, bundle)

    lead.take = take
    lead.meet()
    assert heads(bench) == ["Đặng Văn Bảy"]


def test_closing_waits_for_the_store_and_lets_it_go(lead: Lead, bench: Bench) -> None:
    lead.meet()
    lead.point.close()
    assert lead.point.status().ended_by == "closed"
    assert trouble(lead.meet).code == "point_closed"
    assert lead.point.wait(0)


def test_a_port_that_is_taken_is_told(lead: Lead, bench: Bench) -> None:
    port = int(lead.point.status().addresses[0].rpartition(":")[2])
    error = trouble(lambda: open_point(again(bench.store), host=HERE, port=port, announced_on=()))
    assert (error.code, error.details["port"]) == ("cannot_listen", port)


def test_nothing_of_a_point_is_loaded_before_one_is_wanted() -> None:
    code = (
        "import sys, ntmdesk.app, ntmdesk.ui.desktop, ntmdesk.cli\n"
        "ntmdesk.cli.build('vi')\n"
        "print(sorted({'uvicorn', 'starlette', 'zeroconf', 'segno', 'requests'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
