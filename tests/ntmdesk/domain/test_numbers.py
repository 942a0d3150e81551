"""Numbers in Vietnamese writing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ntmdesk.domain.numbers import Number, format_number, format_percent


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, None, "1.234,5"),
        (1234567, None, "1.234.567"),
        (1234567.5, 2, "1.234.567,50"),
        (0, None, "0"),
        (-0.0, None, "0"),
        (-0.04, 1, "0,0"),
        (-1234.5, None, "-1.234,5"),
        (2.0, None, "2"),
        (2.5, 0, "3"),
        (0.125, 2, "0,13"),
        (Decimal("1e3"), None, "1.000"),
        (1e-7, None, "0,0000001"),
        (None, None, ""),
        (None, 2, ""),
    ],
)
def test_numbers(value: Number | None, decimals: int | None, text: str) -> None:
    assert format_number(value, decimals) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.913, "91,3%"),
        (1, "100%"),
        (0, "0%"),
        (None, ""),
        (0.9996, "100%"),
        (12.3456, "1.234,6%"),
        (0.0005, "0,1%"),
    ],
)
def test_percentages(ratio: Number | None, text: str) -> None:
    assert format_percent(ratio) == text


def test_percentage_without_decimals() -> None:
    assert format_percent(0.9167, 0) == "92%"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not_a_number"):
        format_number(value)
