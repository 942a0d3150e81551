"""What the parser refuses, in words of people: the library speaks English and names functions of ours."""

from __future__ import annotations

import re

from ntmdesk.cli.desk import Words

_SAID: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"the following arguments are required: (.+)", ("Thiếu: {0}", "Missing: {0}")),
        (r"unrecognized arguments: (.+)", ("Không hiểu: {0}", "Not understood: {0}")),
        (
            r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)",
            ("{0}: không có {1}; chọn trong {2}", "{0}: there is no {1}; choose from {2}"),
        ),
        (
            r"argument (.+?): invalid \S+ value: (.+)",
            ("{0}: {1} không phải giá trị đúng", "{0}: {1} is not a right value"),
        ),
        (r"argument (.+?): expected one argument", ("{0}: cần một giá trị", "{0}: a value is needed")),
        (
            r"argument (.+?): expected at least one argument",
            ("{0}: cần ít nhất một giá trị", "{0}: at least one value is needed"),
        ),
        (
            r"argument (.+?): ignored explicit argument (.+)",
            ("{0}: không nhận giá trị {1}", "{0}: takes no value {1}"),
        ),
        (
            r"ambiguous option: (\S+) could match (.+)",
            ("{0} chưa rõ: {1}", "{0} may mean {1}"),
        ),
    )
)


def in_words(reason: str, language: str) -> str:
    """The reason in a language; as it came where the parser said something else."""
    for pattern, words in _SAID:
        found = pattern.fullmatch(reason)
        if found is not None:
            return words[1 if language == "en" else 0].format(*found.groups())
    return reason
