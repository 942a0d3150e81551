"""Every code the rules raise or warn with has its sentence in both languages."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest

from ntmdesk import messages
from ntmdesk.domain import births, card_qr, dates, id_numbers, periods, telephones, units, units_lists


@pytest.mark.parametrize(
    "module",
    [births, card_qr, dates, id_numbers, periods, telephones, units, units_lists],
    ids=lambda m: m.__name__,
)
def test_codes_have_sentences(module: ModuleType) -> None:
    source = inspect.getsource(module)
    raised = re.findall(r'Error\("([a-z_]+)"|__init__\("([a-z_]+)"\)|self\.code = "([a-z_]+)"', source)
    warned = re.findall(r'(?:append\(|\[|return \()"([a-z]+_[a-z_]+)"[\]),]', source)
    codes = {code for group in raised for code in group if code} | set(warned)
    assert codes
    assert [
        code for code in sorted(codes) if code not in messages.PROBLEMS and code not in messages.ERRORS
    ] == []
