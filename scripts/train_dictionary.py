#!/usr/bin/env python3
"""Trains the zstd dictionary of the protocol from generated records of the shipped kinds.

    python scripts/train_dictionary.py --id 1

writes ``sync/protocol/dictionary_<id>.py``.  People, numbers and places are invented; the same seed gives
the same dictionary.  A dictionary that was ever shipped is never trained again: take the next id.
"""

from __future__ import annotations

import argparse
import base64
import random
import sys
import textwrap
import uuid
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import zstandard

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sync.protocol import records  # noqa: E402
from sync.protocol.bodies import pack_rows  # noqa: E402
from sync.protocol.dots import Dot  # noqa: E402
from sync.protocol.frames import decompress  # noqa: E402
from sync.protocol.image import encode_image  # noqa: E402
from sync.protocol.kinds import Catalogue, Field, Kind  # noqa: E402
from sync.protocol.kinds_cells import to_cells  # noqa: E402
from sync.protocol.kinds_load import load  # noqa: E402
from sync.protocol.messages import ExchangeReply, ExchangeRequest, Limits, Notice  # noqa: E402
from sync.protocol.pages import Cursor, Digest, Page, Row  # noqa: E402
from sync.protocol.receipts import Outcome, Receipt, ReceiptException  # noqa: E402

FAMILY = """
Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Mai Trịnh Lâm Lò Giàng
""".split()  # noqa: SIM905 - names, not code
MIDDLE = """
Văn Thị Hữu Ngọc Thanh Minh Đức Quốc Xuân Kim Hồng Công Thế Tấn Thu Bích Quang Đình Gia Như Mỹ
""".split()  # noqa: SIM905 - names, not code
GIVEN = """
An Anh Bình Chi Cường Dung Dũng Đạt Giang Hà Hải Hạnh Hằng Hiền Hoa Hòa Hùng Hương Huy Khánh Lan Linh Long
Mai Nam Nga Nhung Phúc Phương Quân Sơn Tâm Thảo Thắng Thủy Tiến Trang Trung Tuấn Tuyết Vân Việt Yến
""".split()  # noqa: SIM905 - names, not code
PHRASES = """
đã hướng dẫn cài đặt và kích hoạt tài khoản định danh mức 2
bà con chưa có điện thoại thông minh
hẹn quay lại tuần sau
nộp hồ sơ trực tuyến trên Cổng dịch vụ công
quên mật khẩu, đã giúp đặt lại
mạng yếu, phải ra nhà văn hóa
chưa có căn cước, hẹn đi làm ở công an xã
thanh toán tiền điện qua ngân hàng số
đăng ký khai sinh cho con
cụ già lớn tuổi, con cháu giúp đỡ
sim không chính chủ
đã cài Zalo và hướng dẫn gọi video
xem bảo hiểm y tế trên VNeID
tích hợp giấy phép lái xe
nhắc cảnh giác lừa đảo qua điện thoại
hộ đi làm xa, chỉ có ông bà ở nhà
máy hết dung lượng
đổi số điện thoại mới
chuyển khoản mua bán nông sản
đăng ký tài khoản cho mẹ
chờ cán bộ một cửa trả kết quả
không có người ở nhà
đồng ý tham gia lớp học tối
vướng xác thực khuôn mặt
đã kiểm tra lại thông tin cư trú
""".strip().split("\n")
PLACES = """
Thôn Đông|Thôn Đoài|Ấp 3|Ấp Mỹ Thuận|Bản Nà Lốc|Tổ dân phố 5|Xóm Đình|ngõ 12|đường liên xã|nhà văn hóa thôn
""".strip().split("|")


class Maker:
    """Invents values for any field of any kind."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self.catalogue = catalogue
        self.r = random.Random(seed)  # noqa: S311 - invented data, not secrets
        self.people = [self.id() for _ in range(6)]
        self.replicas = [self.r.randbytes(8).hex() for _ in range(4)]
        self.counter = 100
        self.at = 1_790_000_000

    def id(self) -> str:
        return str(uuid.UUID(int=self.r.getrandbits(128)))

    def name(self) -> str:
        return " ".join([self.r.choice(FAMILY), self.r.choice(MIDDLE), self.r.choice(GIVEN)])

    def value(self, f: Field) -> Any:
        r = self.r
        match f.type:
            case "integer":
                return r.randrange(int(f.minimum or 0), int(min(f.maximum or 60, 60)) + 1)
            case "decimal":
                return r.randrange(1000) / 10
            case "boolean":
                return r.random() < 0.5
            case "date":
                return (date(2026, 1, 1) + timedelta(days=r.randrange(700))).isoformat()
            case "birth":
                return str(r.randrange(1935, 2018))
            case "time":
                return f"{r.randrange(7, 21):02d}:{r.choice(['00', '30'])}"
            case "timestamp":
                return self.at
            case "choice":
                return r.choice(self.catalogue.choices(f.choices).choices).code
            case "choices":
                codes = [c.code for c in self.catalogue.choices(f.choices).choices]
                return sorted(r.sample(codes, min(len(codes), r.randrange(1, 4))))
            case "reference":
                return r.choice(self.people) if r.random() < 0.5 else self.id()
            case "references":
                return [self.id() for _ in range(r.randrange(1, 3))]
            case "id_number":
                return f"0{r.randrange(1, 97):02d}{r.randrange(4)}{r.randrange(10**8):08d}"
            case "phone":
                return f"0{r.choice('35789')}{r.randrange(10**8):08d}"
            case "rows":
                return [
                    {"id": f"{r.getrandbits(40):010x}", **self.values(f.columns)}
                    for _ in range(r.randrange(1, 4))
                ]
            case "object" | "url":
                return None
        if "name" in f.name:
            return self.name()
        if f.name in ("lane", "address_text", "place_text", "code"):
            return r.choice(PLACES)
        return ". ".join(r.sample(PHRASES, r.randrange(1, 3))).capitalize()

    def values(self, fields: tuple[Field, ...]) -> dict[str, Any]:
        found = {f.name: self.value(f) for f in fields if f.required or self.r.random() < 0.5}
        return {name: value for name, value in found.items() if value is not None}

    def record(self, kind: Kind) -> Row:
        self.counter += self.r.randrange(1, 3)
        self.at += self.r.randrange(20, 4000)
        stamp = records.Stamp(self.at, self.r.choice(self.people), 1)
        dot = Dot(self.counter, self.r.choice(self.replicas))
        cells = to_cells(kind, self.values(kind.fields))
        record = records.create(kind.name, self.id(), cells, dot, stamp)
        return Row(kind.name, record.id, encode_image(record))

    def rows(self, n: int) -> list[Row]:
        kinds = [k for k in self.catalogue.kinds.values() if k.stream == "team"]
        weights = [
            8 if k.name == "support_visit" else 4 if k.name in ("resident", "household") else 1 for k in kinds
        ]
        return [self.record(kind) for kind in self.r.choices(kinds, weights, k=n)]

    def messages(self) -> Iterator[bytes]:
        r = self.r
        stream, server, epoch = self.id(), self.id(), r.randbytes(16).hex()
        cursor = Cursor(server, epoch, stream, 1, r.randrange(10**5), r.randbytes(8).hex())
        limits = r.choice([None, Limits(r.choice([500, 1000]), 524288, 500, 524288)])
        request = ExchangeRequest(
            1,
            self.replicas[0],
            r.randbytes(16).hex(),
            r.randrange(1, 9),
            r.randbytes(16).hex(),
            1,
            (cursor,),
            (),
            limits,
        )
        told = tuple(
            ReceiptException(
                f"{self.replicas[0]}:{r.randrange(10**4)}", "support_visit", self.id(), "notes", "too_long", o
            )
            for o in r.sample(list(Outcome), r.choice([0, 0, 0, 1]))
        )
        receipt = Receipt(
            epoch,
            stream,
            self.replicas[0],
            r.randrange(99),
            r.randbytes(16),
            r.randrange(10**5),
            told,
            r.randbytes(64),
        )
        page = Page(cursor, r.randrange(9), b"", False, Digest(r.randbytes(16).hex(), r.randrange(10**5)))
        reply = ExchangeReply(
            1,
            server,
            self.at,
            epoch,
            1,
            (receipt,) if r.random() < 0.6 else (),
            (page,),
            notices=r.choice([(), (), (Notice("catalogue_newer", {"version": 2}),)]),
        )
        yield msgspec.json.encode(request)
        yield msgspec.json.encode(reply)


def samples(catalogue: Catalogue, seed: int) -> list[bytes | bytearray | memoryview[int]]:
    """What frames hold: small bodies as JSON, large ones as columns, heads of messages."""
    maker = Maker(catalogue, seed)
    out: list[bytes | bytearray | memoryview[int]] = []
    for _ in range(2600):
        out.append(pack_rows(maker.rows(maker.r.choice([1, 1, 1, 2, 3])), plain=True)[1:])
    for _ in range(60):
        out.append(decompress(pack_rows(maker.rows(maker.r.choice([8, 30, 120])))[1:], 10**8)[:8_000])
    for _ in range(700):
        out += maker.messages()
    return out


TEMPLATE = '''"""zstd dictionary ID of the protocol, made by scripts/train_dictionary.py; never changes."""

from __future__ import annotations

import base64
import zlib


def read() -> bytes:
    """The dictionary's SIZE bytes."""
    return zlib.decompress(base64.b85decode(_CODED.replace("\\n", "")))


_CODED = r"""
TEXT
"""
'''


def main() -> None:
    """Trains, writes the module, prints its size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--id", type=int, required=True)
    parser.add_argument("--size", type=int, default=16 * 1024)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=ROOT / "sync" / "protocol")
    args = parser.parse_args()
    folder = ROOT / "resources" / "catalogues"
    catalogue = load(
        {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in sorted(folder.rglob("*.toml"))}
    )
    trained = zstandard.train_dictionary(args.size, samples(catalogue, args.seed), k=512, d=8, level=12)
    data = trained.as_bytes()
    text = "\n".join(textwrap.wrap(base64.b85encode(zlib.compress(data, 9)).decode(), 104))
    module = TEMPLATE.replace("ID", str(args.id)).replace("SIZE", str(len(data))).replace("TEXT", text)
    (args.out / f"dictionary_{args.id}.py").write_text(module)
    print(len(data), "bytes,", len(text), "characters")


if __name__ == "__main__":
    main()
