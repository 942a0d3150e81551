"""A collection point in this very process."""

from __future__ import annotations

from sync.point.deliveries import Answerer
from sync.protocol.errors import WireError
from sync.protocol.points import BUNDLE_BYTES


class LocalPoint:
    """Implements ``PointRoad`` without a line."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._up = self._down = 0

    def deliver(self, bundle: bytes) -> bytes:
        if len(bundle) > BUNDLE_BYTES:
            raise WireError("bundle_too_large", limit=BUNDLE_BYTES)
        self._up += len(bundle)
        try:
            body = self._answerer.answer(bundle).body
        except WireError:
            raise
        except Exception:
            raise WireError("point_trouble") from None
        self._down += len(body)
        return body

    def traffic(self) -> tuple[int, int]:
        return self._up, self._down

    def close(self) -> None:
        pass
