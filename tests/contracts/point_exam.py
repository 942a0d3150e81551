"""One exam for every road to a collection point: what is given in comes back answered, refusals keep their
codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from sync.engine.point import PointRoad
from sync.point.deliveries import Answered
from sync.protocol.errors import WireError
from sync.protocol.points import BUNDLE_BYTES


class Echo:
    """Answers with the bundle turned round; some bundles are refused, one makes it stumble."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.closed = 0

    def answer(self, bundle: bytes) -> Answered:
        if bundle == b"foreign":
            raise WireError("bundle_foreign", reason="stream")
        if bundle == b"stumble":
            raise ValueError("what somebody recorded")
        self.taken.append(bundle)
        return Answered(bundle[::-1], f"device {bundle[:1]!r}", "", len(bundle))

    def close(self) -> None:
        self.closed += 1


class PointExam(ABC):
    """Subclass it and say how a road to a point is built."""

    @abstractmethod
    def road_to(self, echo: Echo) -> AbstractContextManager[PointRoad]:
        """A road to a point that answers with ``echo``."""

    @pytest.fixture
    def echo(self) -> Echo:
        return Echo()

    @pytest.fixture
    def road(self, echo: Echo) -> Iterator[PointRoad]:
        with self.road_to(echo) as road:
            yield road

    def test_a_bundle_goes_there_and_its_answer_back(self, echo: Echo, road: PointRoad) -> None:
        assert road.deliver(b"abc") == b"cba"
        assert echo.taken == [b"abc"]

    def test_a_large_bundle_arrives_whole(self, echo: Echo, road: PointRoad) -> None:
        bundle = bytes(range(256)) * 12_000
        assert road.deliver(bundle) == bundle[::-1]

    def test_one_road_serves_again_and_again(self, road: PointRoad) -> None:
        assert [road.deliver(b"a%d" % n) for n in range(3)] == [b"0a", b"1a", b"2a"]

    def test_bytes_are_counted(self, road: PointRoad) -> None:
        before = road.traffic()
        road.deliver(b"x" * 500)
        after = road.traffic()
        assert after[0] - before[0] >= 500
        assert after[1] - before[1] >= 500

    def test_refusals_keep_code_and_details(self, echo: Echo, road: PointRoad) -> None:
        with pytest.raises(WireError) as caught:
            road.deliver(b"foreign")
        assert (caught.value.code, caught.value.details) == ("bundle_foreign", {"reason": "stream"})
        assert echo.taken == []

    def test_an_unforeseen_error_says_nothing_of_its_cause(self, road: PointRoad) -> None:
        with pytest.raises(WireError) as caught:
            road.deliver(b"stumble")
        assert caught.value.code == "point_trouble"
        assert "recorded" not in str(caught.value.details)

    def test_what_is_too_large_is_not_even_sent(self, echo: Echo, road: PointRoad) -> None:
        with pytest.raises(WireError) as caught:
            road.deliver(bytes(BUNDLE_BYTES + 1))
        assert caught.value.code == "bundle_too_large"
        assert echo.taken == []
        assert road.traffic()[0] < BUNDLE_BYTES
