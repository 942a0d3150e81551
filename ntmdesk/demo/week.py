"""The script of one week: who visits whom, what is done, what goes wrong.

Every outcome, every VNeID status and every reason for failure occurs, so that the log, the worklist and
the pages have something of each to show.  Nothing here is stored; the story hands it to the laptops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from ntmdesk.demo.invented import House, Inventor, Person

Values = dict[str, Any]

REASONS = (*(f"F{n:02d}" for n in range(1, 20)), "F99")
REASON_NOTES = {
    "F15": "Cuối ngõ không có sóng, hẹn làm ở nhà văn hóa",
    "F18": "Bà sợ bị lừa, nhờ con trai gọi lại",
    "F99": "Điện thoại hỏng màn hình",
}
STATUSES = (
    *("l2_active", "l2_active", "l2_granted", "l2_granted", "l2_collected", "l2_appointment", "l1_granted"),
    *("l1_submitted", "app_installed", "none", "rejected", "activation_overdue", "locked", "device_changed"),
    *("not_eligible", "declined", "moved_away", "deceased"),
)
ERRANDS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("K01", "done"), ("K02", "done")),
    (("K04", "done"), ("K05", "partial"), ("K10", "postponed")),
    (("K04", "failed"),),
    (("K06", "done"), ("K26", "done")),
    (("K25", "done"), ("K26", "done")),
    (("K03", "referred"), ("K34", "failed")),
    (("K14", "done"), ("K15", "done")),
    (("K12", "done"), ("K10", "done")),
    (("K02", "failed"), ("K26", "done")),
    (("K33", "done"), ("K11", "partial")),
    (("K17", "done"), ("K20", "postponed"), ("K18", "done")),
    (("K01", "refused"),),
    (("K08", "done"), ("K07", "done")),
    (("K32", "done"), ("K35", "done")),
    (("K05", "failed"), ("K25", "done")),
    (("K22", "done"), ("K23", "done"), ("K24", "done")),
    (("K13", "failed"), ("K14", "done")),
    (("K09", "done"),),
    (("K28", "done"), ("K29", "partial")),
    (("K27", "failed"),),
)
NOTES = (
    "",
    "",
    "Chủ hộ đi vắng, làm với con gái",
    "",
    "Cần quay lại hướng dẫn thêm",
    "",
    "Cụ nghe kém, nói chậm",
    "",
)


@dataclass(frozen=True)
class Week:
    """The days of the story: a whole ISO week, and the days of it that have already come."""

    start: date
    today: date

    @classmethod
    def of(cls, today: date) -> Week:
        """This week from Friday on, the week before until then: enough days have passed to be told."""
        monday = today - timedelta(days=today.weekday())
        return cls(monday if today.weekday() >= 4 else monday - timedelta(days=7), today)

    @property
    def name(self) -> str:
        """As the command line writes it: ``2026-W47``."""
        year, week, _ = self.start.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def days(self) -> list[date]:
        """Its days, without those still to come."""
        return [d for d in (self.start + timedelta(days=n) for n in range(7)) if d <= self.today]


@dataclass
class Member:
    """Somebody of the team at the keyboard of one laptop: ``id`` of the member record."""

    id: str
    full_name: str


class Script:
    """What each laptop records, as lines of ``ntmdesk add``; ids are the story's own and stable.

    ``first``: which reason for failure comes first, so that three short weeks together show all of them.
    """

    def __init__(self, inventor: Inventor, week: Week, hamlet: str, first: int = 0) -> None:
        self._inventor = inventor
        self._week = week
        self._hamlet = hamlet
        self._order = REASONS[first:] + REASONS[:first]
        self._reasons: Iterator[str] = cycle(self._order)
        self._errands = cycle(ERRANDS)
        self._notes = cycle(NOTES)

    def visits(self, member: Member, companions: list[Member], houses: list[House]) -> list[Values]:
        """One visit a house, spread over the days so far; every third with a companion."""
        days = self._week.days
        made = []
        for n, house in enumerate(houses):
            day = days[n * len(days) // len(houses)]
            with_whom = [member.id] + [c.id for c in companions if n % 3 == 0]
            helped = house.people[: 1 + n % 2]
            made.append(
                {
                    "id": self._inventor.new_id("visit", house.id, member.id),
                    "date": day.isoformat(),
                    "start": f"{(8, 9, 14, 16, 19)[n % 5]:02d}:{(0, 30, 15)[n % 3]:02d}",
                    "minutes": (15, 20, 30, 45, 25)[n % 5],
                    "place_type": ("home", "home", "home", "culture_house", "online", "mobile")[n % 6],
                    "hamlet": self._hamlet,
                    "household": house.id,
                    "persons": [p.id for p in helped],
                    "members": with_whom,
                    "lines": [self._line(service, outcome, day) for service, outcome in next(self._errands)],
                }
            )
        return made

    def _line(self, service: str, outcome: str, day: date) -> Values:
        line: Values = {"service": service, "outcome": outcome}
        note = next(self._notes)
        if outcome == "failed":
            reason = next(self._reasons)
            line["failure_reason"] = reason
            note = REASON_NOTES.get(reason, note)
        if outcome == "refused":
            line["failure_reason"] = "F18"
            note = REASON_NOTES["F18"]
        if outcome == "postponed":
            line["follow_up_date"] = (day + timedelta(days=4)).isoformat()
        if note:
            line["notes"] = note
        return line

    def cases(self, people: list[Person], member: Member) -> list[Values]:
        """One VNeID follow-up a person: every status in turn, every reason for failure once."""
        last = self._week.days[-1]
        reasons = iter(self._order)
        made: list[Values] = []
        for n, person in enumerate(people):
            status = STATUSES[n % len(STATUSES)]
            case: Values = {
                "id": self._inventor.new_id("case", person.id),
                "resident": person.id,
                "status": status,
                "status_date": (last - timedelta(days=n % 5)).isoformat(),
                "provenance": ("seen", "told", "seen", "police")[n % 4],
                "assigned_to": member.id,
            }
            if status == "l2_granted":
                granted = last - timedelta(days=(5, 9)[n % 2])
                case |= {"granted_on": granted.isoformat(), "status_date": granted.isoformat()}
                case["activation_due"] = (granted + timedelta(days=7)).isoformat()
            if status == "activation_overdue":
                granted = last - timedelta(days=12)
                case |= {
                    "granted_on": granted.isoformat(),
                    "activation_due": (granted + timedelta(days=7)).isoformat(),
                }
            if status == "l2_appointment":
                case["appointment_date"] = (self._week.today + timedelta(days=2)).isoformat()
                case["appointment_place"] = "Công an xã Hoằng Giang"
            if status == "l2_active":
                case["integrations"] = ["bhyt", "gplx"][: 1 + n % 2]
            if status not in {"l2_active", "l1_granted", "l2_collected", "deceased", "moved_away"}:
                case["failure_reason"] = next(reasons, None)
                if case["failure_reason"] is None:
                    del case["failure_reason"]
                elif case["failure_reason"] == "F99":
                    case["notes"] = REASON_NOTES["F99"]
            made.append(case)
        return made

    def consents(self, people: list[Person], taker: Member, witness: str) -> list[Values]:
        """One consent a person, on paper, spoken before a witness, or by thumbprint."""
        days = self._week.days
        made = []
        for n, person in enumerate(people):
            channel = ("paper", "spoken", "thumbprint")[n % 3]
            given: Values = {
                "id": self._inventor.new_id("consent", person.id),
                "subject": person.id,
                "purposes": ["support", "identity", "contact"],
                "legal_basis": "consent",
                "channel": channel,
                "text_version": "1",
                "taken_by": taker.id,
                "taken_at": days[n * len(days) // len(people)].isoformat(),
            }
            if channel != "paper":
                given["witness"] = witness
            made.append(given)
        return made

    def training(self, title: str, topics: list[str], day: date, people: list[Person], **more: Any) -> Values:
        """A session with its roll-call; counts follow from the people present."""
        return {
            "id": self._inventor.new_id("training", title),
            "title": title,
            "topics": topics,
            "date": day.isoformat(),
            "hamlet": self._hamlet,
            "place": "Nhà văn hóa thôn",
            "mode": "direct",
            "attended_n": len(people),
            "women_n": sum(p.sex == "f" for p in people),
            "elders_n": sum(day.year - p.year >= 60 for p in people),
            "attendance": [
                {"resident": p.id, "name": p.full_name, "sex": p.sex, "birth": str(p.year)} for p in people
            ],
            **more,
        }

    def outreach(self, n: int, type: str, theme: str, reach: int, member: Member, topic: str) -> Values:
        """One outreach activity of the week."""
        days = self._week.days
        return {
            "id": self._inventor.new_id("outreach", n),
            "type": type,
            "date": days[n % len(days)].isoformat(),
            "theme": theme,
            "topics": [topic],
            "hamlet": self._hamlet,
            "members": [member.id],
            "items_n": 1 + n,
            "reach_n": reach,
        }

    def workdays(self, member: Member) -> list[Values]:
        """The days this member worked: halves in the week, a whole day at its end."""
        return [
            {
                "id": self._inventor.new_id("workday", member.id, day),
                "member": member.id,
                "date": day.isoformat(),
                "part": "full" if day.weekday() >= 5 else "half",
                "task": "Đi ngõ, hướng dẫn hộ dân",
            }
            for day in self._week.days
            if day.weekday() != 3
        ]
