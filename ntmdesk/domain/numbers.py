"""Numbers as Vietnamese documents write them: a comma for decimals, a dot for thousands."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

Number = int | float | Decimal


def format_number(value: Number | None, decimals: int | None = None) -> str:
    """``1.234,5``; an absent value is an empty text, never 0.

    ``decimals`` fixes the digits after the comma (half is rounded away from zero); without it they are as
    many as the value has.  Raises ``ValueError`` for what is no finite number.
    """
    if value is None:
        return ""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        raise ValueError("not_a_number")
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{exact:,f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.translate({ord(","): ".", ord("."): ","})


def format_percent(ratio: Number | None, decimals: int = 1) -> str:
    """A ratio as ``91,3%`` (0.913); whole percentages lose their decimals (``100%``); absent is empty."""
    if ratio is None:
        return ""
    exact = ratio if isinstance(ratio, Decimal) else Decimal(str(ratio))
    text = format_number(exact * 100, decimals)
    whole, comma, rest = text.partition(",")
    return (text if comma and rest.strip("0") else whole) + "%"
