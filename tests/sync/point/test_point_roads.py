"""The road in one process and the road over real TLS pass one exam."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sync.engine.point import PointRoad, PointTransport
from sync.point.bounds import Bounds
from sync.point.opening import OpenPoint
from sync.protocol.points import Address
from tests.contracts.point_exam import Echo, PointExam
from tests.fake_points import LocalPoint


class TestLocalPoint(PointExam):
    @contextmanager
    def road_to(self, echo: Echo) -> Iterator[PointRoad]:
        yield LocalPoint(echo)


class TestRealPoint(PointExam):
    @contextmanager
    def road_to(self, echo: Echo) -> Iterator[PointRoad]:
        point = OpenPoint(echo, host="127.0.0.1", announced_on=(), bounds=Bounds(per_minute=1000))
        road = PointTransport(Address("127.0.0.1", point.port), point.invitation())
        try:
            yield road
        finally:
            road.close()
            point.close()
        assert echo.closed == 1
