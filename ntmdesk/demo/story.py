"""The story of the demo, step by step: a server, three laptops, a week without a line, a weekly log.

Every step is done by real processes through the program's own verbs; nothing reaches into a store.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ntmdesk.demo.invented import House, Inventor, Person
from ntmdesk.demo.processes import Children, Laptop, Server, Verb
from ntmdesk.demo.week import Member, Script, Week

COMMUNE = "15880"
HAMLETS = ("Thôn 1", "Thôn 2", "Thôn 3", "Thôn 4")
PEOPLE = ("Nguyễn Thị Hoa", "Lê Văn Nam", "Phạm Minh Tú")
PASSPHRASE = "thôn mô phỏng 15880"  # noqa: S105 - of invented people, told to whoever looks
HOUSES = 96

OPENING = (
    ("I51", 12, "12 điểm wifi công cộng"),
    ("I52", 12, "12 mắt camera, nối về Công an xã"),
    ("I53", 6, "3 trạm BTS, 3 hộp cáp"),
    ("I55", 100, "19/19 cán bộ có máy tính"),
    ("I26", 2, "2 lớp tập huấn chuyển giao KHKT"),
)
"""Opening figures of xã Hoằng Giang, press article of 23/11/2023: indicator, value, words."""

SO_FAR = (("I06", 1_097), ("I07", 654), ("I08", 478), ("I13", 379), ("I22", 860), ("I26", 12), ("I40", 28))
"""What the team's paper book had counted before this week; invented."""

TARGETS = (("I06", 60), ("I07", 60), ("I08", 50), ("I13", 15), ("I22", 60), ("I26", 1), ("I40", 10))
"""Assigned for the team and the week; invented."""


@dataclass
class Told:
    """One step that was carried out: its name and the facts worth showing."""

    name: str
    facts: dict[str, Any] = field(default_factory=dict)


class Story:
    """Carries the demo out in ``out``; ``today`` is the day it plays on.

    ``chapters`` is the number of steps :meth:`tell` yields; the caller shows progress from it.
    """

    chapters = 11

    def __init__(self, children: Children, out: Path, today: date) -> None:
        self._children = children
        self._out = out
        self._inventor = Inventor()
        self._week = Week.of(today)
        self._houses = self._inventor.hamlet(HOUSES)
        self._new_houses = [self._inventor.house(HOUSES + 1 + n, f"Ngõ {1 + n}") for n in range(5)]
        self._members: list[Member] = []
        self._hamlet = ""
        self.server = Server(children, out / "server")
        self.laptops = [
            Laptop(children, out / "laptops" / folder, person, PASSPHRASE)
            for folder, person in zip(("leader", "volunteer-1", "volunteer-2"), PEOPLE, strict=True)
        ]
        self.files: list[Path] = []

    @property
    def leader(self) -> Laptop:
        """The team leader's laptop."""
        return self.laptops[0]

    def tell(self) -> Iterator[Told]:
        """Yields each step after it was carried out."""
        yield self._server_up()
        yield self._teams()
        yield self._enrol()
        yield self._lists_in()
        yield self._line_lost()
        yield self._record_offline()
        yield self._line_back()
        yield self._sync_all()
        yield self._settle()
        yield self._weekly_log()
        yield self._hand_in()

    def _together(self, work: Callable[[int, Laptop], Any]) -> list[Any]:
        """Lets every laptop work at the same time, as they do."""
        with ThreadPoolExecutor(len(self.laptops)) as pool:
            jobs = [pool.submit(work, n, laptop) for n, laptop in enumerate(self.laptops)]
            return [job.result() for job in jobs]

    def _server_up(self) -> Told:
        self.server.verb("init")
        self.server.start()
        return Told("server_up", {"url": self.server.url})

    def _teams(self) -> Told:
        hamlets = []
        for n, name in enumerate(HAMLETS, 1):
            team = self.server.verb(
                *("team", "add", "--code", f"T{n:02d}", "--name", f"Tổ CNSCĐ {name}"),
                *("--commune", COMMUNE, "--hamlet", name),
            )
            hamlets.append(team["hamlets"][0])
        self._hamlet = hamlets[0]["id"]
        opening = [
            {"indicator": code, "scope": COMMUNE, "period": "2023", "value": value, "type": "opening"}
            | {"source": "office", "basis": f"Số liệu đầu kỳ: {words}"}
            for code, value, words in OPENING
        ] + [
            {"indicator": code, "scope": "T01", "period": str(self._week.start.year), "value": value}
            | {"type": "opening", "source": "list", "basis": "Sổ giấy của tổ trước tuần này (mô phỏng)"}
            for code, value in SO_FAR
        ]
        targets = [
            {"indicator": code, "scope": "T01", "period": self._week.name, "value": value}
            | {"basis": "Kế hoạch tuần của xã (mô phỏng)"}
            for code, value in TARGETS
        ]
        for kind, lines in (("indicator_value", opening), ("target", targets)):
            self.server.verb("record", "add", kind, "-", "--team", "T01", text=_lines(lines))
        return Told("teams", {"hamlets": len(hamlets), "opening": len(opening), "targets": len(targets)})

    def _enrol(self) -> Told:
        codes = [
            self.server.verb("invite", "--team", "T01", "--role", role, "--name", laptop.person)["code"]
            for role, laptop in zip(("leader", "volunteer", "volunteer"), self.laptops, strict=True)
        ]

        def join(n: int, laptop: Laptop) -> Any:
            laptop.verb("init", "--name", laptop.person)
            return laptop.verb("enrol", self.server.url, codes[n])

        joined = self._together(join)
        self.leader.verb("sync")
        people = {row["full_name"]: row["id"] for row in self.leader.verb("list", "member")["rows"]}
        self._members = [Member(people[name], name) for name in PEOPLE]
        return Told("enrolled", {"laptops": len(joined), "roles": [j["role"] for j in joined]})

    def _lists_in(self) -> Told:
        folder = self._out / "lists"
        folder.mkdir(parents=True, exist_ok=True)
        households, residents = folder / "danh-sach-ho.csv", folder / "danh-sach-nhan-khau.csv"
        _write_csv(households, ("Mã hộ", "Chủ hộ", "Ngõ", "Số khẩu", "Điện thoại thông minh", "Internet"), (
            (h.code, h.head.full_name, h.lane, len(h.people), n % 4, _INTERNET[n % 4])
            for n, h in enumerate(self._houses)
        ))  # fmt: skip
        _write_csv(residents, ("Mã hộ", "Họ và tên", "Năm sinh", "Giới tính", "Quan hệ", "Điện thoại"), (
            (h.code, p.full_name, p.year, {"m": "Nam", "f": "Nữ"}[p.sex], p.relation, p.phone)
            for h in self._houses for p in h.people
        ))  # fmt: skip
        taken = self.leader.verb("import", str(households), "--kind", "household")
        people = self.leader.verb("import", str(residents), "--kind", "resident")
        sent = self.leader.verb("sync")
        self._together(lambda n, laptop: laptop.verb("sync") if n else None)
        self._learn_ids()
        return Told(
            "lists_in",
            {"households": taken["added"], "residents": people["added"], "sent": sent["sent"]}
            | {"accepted": sent["accepted"], "doubles": taken["doubles"] + people["doubles"]},
        )

    def _learn_ids(self) -> None:
        """The import gave ids of its own; the script speaks of the same people from here on."""
        houses = {row["code"]: row["id"] for row in self.leader.verb("list", "household")["rows"]}
        for house in self._houses:
            house.id = houses[house.code]
        known: dict[tuple[str, str, str], list[str]] = {}
        for row in self.leader.verb("list", "resident")["rows"]:
            key = (str(row["household"]), str(row["full_name"]), str(row["birth"])[:4])
            known.setdefault(key, []).append(str(row["id"]))
        for house in self._houses:
            there: list[Person] = []
            for person in house.people:
                # Whom the import set aside as a possible double is not in the store until somebody looks.
                ids = known.get((house.id, person.full_name, str(person.year)))
                if ids:
                    person.id = ids.pop()
                    there.append(person)
            house.people = there

    def _line_lost(self) -> Told:
        self.server.stop()
        try:
            self.leader.verb("sync")
        except Verb as problem:
            return Told("line_lost", {"code": problem.code})
        raise Verb("failed", {"said": "a sync without a server must not succeed"})

    def _record_offline(self) -> Told:
        counts = self._together(self._record)
        waiting = self._together(lambda _, laptop: laptop.verb("status")["pending"])
        return Told("recorded", {"records": counts, "waiting": waiting})

    def _record(self, n: int, laptop: Laptop) -> int:
        """One laptop's week, written down with nobody listening."""
        script = Script(Inventor(n), self._week, self._hamlet, first=7 * n)
        me = self._members[n]
        others = [m for m in self._members if m is not me]
        mine = self._houses[n::3][:16]
        found = self._new_houses[n : n + 1]
        if n:
            # Both volunteers come to the same new house and both write it down: a double to join later.
            found = [*found, self._same_house(n)]
        total = 0

        def put(kind: str, records: list[dict[str, Any]]) -> None:
            nonlocal total
            total += len(laptop.add(kind, records)) if records else 0

        put("household", [self._household(h) for h in found])
        put("resident", [self._resident(h, p) for h in found for p in h.people])
        people = [p for h in mine for p in h.people if p.year <= 2010]
        put("consent", script.consents(people[:10], me, others[0].full_name))
        for person in people[:3]:
            laptop.verb("set", "resident", person.id, f"id_number={person.id_number}")
        put("support_visit", script.visits(me, others, [*mine, *found]))
        put("vneid_case", script.cases(people[:18], me))
        put("training", self._training(n, script))
        put(
            "outreach",
            [
                script.outreach(
                    n, ("loudspeaker", "zalo_post", "meeting")[n], _THEMES[n], 120, me, _OUTREACH_TOPICS[n]
                )
            ],
        )
        put("workday", script.workdays(me))
        # The same house, seen by both volunteers: one field alike, one field apart.
        if n:
            laptop.verb("set", "household", self._houses[0].id, f"smartphones_n={n + 1}")
            other = ("internet=fibre", "tv_box=true")[n - 1]
            laptop.verb("set", "household", self._houses[1].id, other)
        return total

    def _same_house(self, n: int) -> House:
        twin = Inventor(77).house(HOUSES + 9, "Ngõ 7")
        twin.id = self._inventor.new_id("twin house", n)
        twin.code = f"M{n}-01"
        for p, person in enumerate(twin.people):
            person.id = self._inventor.new_id("twin person", n, p)
        return twin

    def _household(self, house: House) -> dict[str, Any]:
        return {
            "id": house.id,
            "code": house.code,
            "head_name": house.head.full_name,
            "hamlet": self._hamlet,
            "lane": house.lane,
            "members_n": len(house.people),
            "internet": "mobile",
            "smartphones_n": 1,
        }

    def _resident(self, house: House, person: Person) -> dict[str, Any]:
        values = {
            "id": person.id,
            "full_name": person.full_name,
            "birth": str(person.year),
            "sex": person.sex,
            "household": house.id,
            "relation": person.relation,
            "device": "smart" if person.phone else "none",
        }
        return values | ({"phone": person.phone, "phone_owner": "self"} if person.phone else {})

    def _training(self, n: int, script: Script) -> list[dict[str, Any]]:
        days = self._week.days
        guests = [p for h in self._houses[n * 30 : n * 30 + 20] for p in h.people if p.year <= 2008]
        if n == 0:
            more = {"audience": "resident", "partner": "VNPT Thanh Hóa", "planned_n": 40}
            title = "VNeID và dịch vụ công trực tuyến cho người dân"
            return [script.training(title, ["T05", "T06"], days[-1], guests[:34], **more)]
        if n == 1:
            more = {"audience": "elder", "planned_n": 15}
            old = [p for p in guests if p.year <= 1966]
            return [
                script.training("Phòng lừa đảo cho người cao tuổi", ["T13", "T14"], days[2], old[:12], **more)
            ]
        return []

    def _line_back(self) -> Told:
        self.server.start()
        return Told("line_back", {"url": self.server.url})

    def _sync_all(self) -> Told:
        first = self._together(lambda _, laptop: laptop.verb("sync"))
        # A second round brings everybody what the others sent after them.
        again = self._together(lambda _, laptop: laptop.verb("sync"))
        names = ("sent", "accepted", "refused", "received", "bytes_up", "bytes_down")
        facts = {name: sum(s[name] for s in first) for name in names}
        facts["received"] += sum(s["received"] for s in again)
        facts["pending"] = [s["pending"] for s in again]
        facts["conflicts"] = max(s["conflicts"] for s in again)
        return Told("synced", facts)

    def _settle(self) -> Told:
        open_ = self.leader.verb("conflicts")["rows"]
        for row in open_:
            keep = max(row["values"], key=lambda v: str(v["value"]))["dot"]
            self.leader.verb("conflicts", "resolve", row["id"], row["field"], f"dot:{keep}")
        twins = [r for r in self.leader.verb("list", "household")["rows"] if str(r["code"]).startswith("M")]
        joined = 0
        if len(twins) == 2:
            self.leader.verb("merge", "household", twins[1]["id"], twins[0]["id"])
            joined = 1
            people = [
                self.leader.verb("list", "resident", "--where", f"household={t['id']}")["rows"] for t in twins
            ]
            there = {row["full_name"]: row["id"] for row in people[0]}
            for row in people[1]:
                if row["full_name"] in there and row["id"] != there[row["full_name"]]:
                    self.leader.verb("merge", "resident", row["id"], there[row["full_name"]])
        return Told("settled", {"conflicts": len(open_), "joined": joined})

    def _weekly_log(self) -> Told:
        week = self._week.name
        self.leader.verb("week", "compile", "--week", week)
        log = self.leader.verb("list", "weekly_log", "--where", f"week={week}")["rows"][0]
        self.leader.verb(
            *("set", "weekly_log", log["id"], f"situation={_SITUATION}", f"proposals={_PROPOSALS}"),
            *('difficulties=["D01","D02","D08"]', f"difficulties_text={_DIFFICULTIES}"),
            f"next_week={json.dumps(self._next_week(), ensure_ascii=False)}",
        )
        shown = self.leader.verb("week", "show", "--week", week)
        return Told("log", {"week": week, "figures": shown["figures"], "missing": len(shown["missing"])})

    def _next_week(self) -> list[dict[str, str]]:
        return [
            {"task": "Đi Ngõ 5, Ngõ 6: các hộ chưa đến trong quý", "person": PEOPLE[1]},
            {"task": "Đưa 6 người đi thu nhận mức 2 tại Công an xã", "person": PEOPLE[2]},
            {"task": "Lớp buổi tối: thanh toán QR cho hộ kinh doanh", "person": PEOPLE[0]},
        ]

    def _hand_in(self) -> Told:
        week = self._week.name
        for ending in ("docx", "pdf"):
            file = self._out / f"nhat-ky-tuan-{week}.{ending}"
            verb = ("submit",) if ending == "docx" else ("show",)
            self.leader.verb("week", *verb, "--week", week, "--out", str(file))
            self.files.append(file)
        numbers = self.leader.verb("sync")
        there = self.server.verb("list", "weekly_log", "--team", "T01")["total"]
        facts = {
            "week": week,
            "accepted": numbers["accepted"],
            "pending": numbers["pending"],
            "at_server": there,
        }
        return Told("handed_in", facts)


def _lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)


def _write_csv(path: Path, headings: tuple[str, ...], rows: Any) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)


_THEMES = (
    "Không đọc mã OTP cho bất kỳ ai",
    "Kích hoạt VNeID mức 2 trong 7 ngày",
    "Nộp hồ sơ trực tuyến tại nhà văn hóa",
)
_OUTREACH_TOPICS = ("T13", "T05", "T06")
_SITUATION = (
    "Tổ có đủ 3 thành viên, chia theo ngõ đến từng nhà. Tuần này thôn mất sóng nhiều buổi tối; "
    "các lượt hỗ trợ được ghi trên máy rồi gửi khi có mạng."
)
_DIFFICULTIES = (
    "Cuối Ngõ 7 không có sóng; một số cụ dùng SIM của con, chưa chính chủ; điện thoại đời cũ không có NFC."
)
_PROPOSALS = (
    "Đề nghị Công an xã bố trí một buổi thu nhận lưu động cho người già yếu; "
    "đề nghị VNPT khảo sát sóng Ngõ 7."
)
_INTERNET = ("both", "mobile", "none", "fibre")
