"""What to do next, in words: codes of the rules of visits and of VNeID follow-ups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.visits import NextStep
from ntmdesk.ui.pages.moments import choice_words, short_when
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translate, translated
from ntmdesk.ui.widgets.timeline import TimelineItem

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "follow_up": QT_TRANSLATE_NOOP("NextSteps", "Come back for {service}"),
        "finish_partial": QT_TRANSLATE_NOOP("NextSteps", "Finish {service}"),
        "retry_failed": QT_TRANSLATE_NOOP("NextSteps", "Try {service} again"),
        "first_visit": QT_TRANSLATE_NOOP("NextSteps", "First visit: ask what they need"),
        "consent_missing": QT_TRANSLATE_NOOP("NextSteps", "Ask for consent"),
        "service_missing": QT_TRANSLATE_NOOP("NextSteps", "{service} (not yet)"),
        "install_app": QT_TRANSLATE_NOOP("NextSteps", "Install VNeID"),
        "register_l1": QT_TRANSLATE_NOOP("NextSteps", "Register a level-1 account"),
        "wait_l1": QT_TRANSLATE_NOOP("NextSteps", "Level 1 is being checked; look again"),
        "book_l2": QT_TRANSLATE_NOOP("NextSteps", "Book level 2 at the police"),
        "attend_l2": QT_TRANSLATE_NOOP("NextSteps", "Go to the level-2 appointment"),
        "wait_l2": QT_TRANSLATE_NOOP("NextSteps", "Level 2 is being checked; look again"),
        "activate": QT_TRANSLATE_NOOP("NextSteps", "Activate level 2"),
        "integrate_papers": QT_TRANSLATE_NOOP("NextSteps", "Integrate papers into VNeID"),
        "call_hotline": QT_TRANSLATE_NOOP("NextSteps", "Call the hotline 1900 0368"),
        "move_device": QT_TRANSLATE_NOOP("NextSteps", "Move the account to this phone"),
        "refer_police": QT_TRANSLATE_NOOP("NextSteps", "Refer to the police"),
        "ask_police": QT_TRANSLATE_NOOP("NextSteps", "Ask the police about the file"),
        "contact_later": QT_TRANSLATE_NOOP("NextSteps", "Get in touch later"),
        "explain_safety": QT_TRANSLATE_NOOP("NextSteps", "Explain how it is safe"),
        "get_smartphone": QT_TRANSLATE_NOOP("NextSteps", "Find a smartphone"),
        "other_phone": QT_TRANSLATE_NOOP("NextSteps", "Use a newer phone"),
        "borrow_nfc_phone": QT_TRANSLATE_NOOP("NextSteps", "Borrow a phone with NFC"),
        "fix_sim": QT_TRANSLATE_NOOP("NextSteps", "Register the SIM in their own name"),
        "scan_again": QT_TRANSLATE_NOOP("NextSteps", "Scan the card again in good light"),
        "face_again": QT_TRANSLATE_NOOP("NextSteps", "Take the face picture again"),
        "renew_card": QT_TRANSLATE_NOOP("NextSteps", "Renew the identity card"),
        "find_connection": QT_TRANSLATE_NOOP("NextSteps", "Go where there is a signal"),
        "guardian": QT_TRANSLATE_NOOP("NextSteps", "Have the guardian do it"),
        "mobile_collection": QT_TRANSLATE_NOOP("NextSteps", "Ask for collection at home"),
        "retry": QT_TRANSLATE_NOOP("NextSteps", "Try again"),
    }
)


def step_words(step: NextStep, catalogue: Catalogue) -> str:
    """One step; whom it is for stands behind it."""
    service = choice_words(catalogue, "services", step.service) if step.service else ""
    words = translated("NextSteps", WORDS.get(step.code, step.code)).format(service=service)
    words = words[:1].upper() + words[1:]
    return f"{words} · {step.name}" if step.name else words


def step_items(steps: list[NextStep], catalogue: Catalogue, today: date) -> list[TimelineItem]:
    """Steps as rows; the day they are due stands first, ``key`` is the step's place in ``steps``."""
    items = []
    for at, step in enumerate(steps):
        tone = "plain"
        if step.due is not None:
            tone = "danger" if step.due < today else "amber"
        when = short_when(step.due, today) if step.due else "•"
        items.append(TimelineItem(when, step_words(step, catalogue), tone=tone, key=at))
    return items


def days_words(days: int | None) -> str:
    """``2 days left``, ``today``, ``3 days late``; empty for None."""
    if days is None:
        return ""
    if days == 0:
        return translate("NextSteps", "today")
    if days > 0:
        return translate("NextSteps", "{n} days left").format(n=days)
    return translate("NextSteps", "{n} days late").format(n=-days)
