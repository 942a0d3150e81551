"""The threshold: more than a tenth of a kind's living records, and at least twenty."""

from __future__ import annotations

import pytest

from ntmdesk.domain.mass_change import LEAST, SHARE, Loss, unusual, unusual_losses


@pytest.mark.parametrize(
    ("deleted", "blanked", "living", "asked"),
    [
        (19, 0, 19, False),  # all of a small register, but few
        (20, 0, 20, True),
        (20, 0, 199, True),
        (20, 0, 200, False),  # exactly a tenth is not more than a tenth
        (21, 0, 200, True),
        (10, 10, 100, True),  # deleted and blanked count together
        (0, 20, 100, True),
        (0, 0, 0, False),
        (1_000, 0, 100_000, False),
        (10_001, 0, 100_000, True),
    ],
)
def test_the_threshold(deleted: int, blanked: int, living: int, asked: bool) -> None:
    assert unusual(Loss("household", deleted, blanked, living)) is asked


def test_both_conditions_are_needed() -> None:
    assert (SHARE, LEAST) == (0.10, 20)


def test_the_greatest_loss_stands_first() -> None:
    small, great, none = Loss("a", 25, 0, 50), Loss("b", 30, 5, 60), Loss("c", 1, 0, 60)
    assert unusual_losses([small, none, great]) == (great, small)
