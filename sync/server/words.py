"""Sentences of the server's command line, Vietnamese first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS: dict[str, tuple[str, str]] = {
    "bad_certificate": ("Không đọc được chứng thư {file}.", "The certificate {file} cannot be read."),
    "bad_settings": ("settings.toml có lỗi: {reason}.", "settings.toml has a mistake: {reason}."),
    "backup_damaged": ("Tệp sao lưu hỏng ({what}).", "The backup file is damaged ({what})."),
    "busy": ("Cơ sở dữ liệu đang bận, hãy thử lại.", "The database is busy, try again."),
    "cannot_listen": (
        "Không mở được cổng {port} trên {host} ({reason}).",
        "Cannot listen on port {port} of {host} ({reason}).",
    ),
    "catalogue_changed": (
        "Danh mục phiên bản {version} đã có với nội dung khác; hãy tăng số phiên bản.",
        "Version {version} of the catalogue is stored with other content; raise its version.",
    ),
    "catalogue_damaged": ("Danh mục có lỗi: {file}: {key}: {reason}", "Catalogue: {file}: {key}: {reason}"),
    "catalogue_older": (
        "Danh mục phiên bản {version} cũ hơn phiên bản đang dùng {newest}.",
        "Catalogue version {version} is older than the present {newest}.",
    ),
    "disk_full": ("Đĩa đầy.", "The disk is full."),
    "epoch_not_here": (
        "Đời {epoch} không phải đời hiện tại của máy chủ này; muốn dùng nó thì khôi phục bản sao lưu của nó.",
        "{epoch} is not the present life of this server; to go on with it, restore its backup first.",
    ),
    "file_exists": ("Tệp {file} đã có.", "The file {file} is there already."),
    "id_in_use": ("Mã {id} đã dùng cho tên khác.", "{id} is in use under another name."),
    "invalid": ("Giá trị không hợp lệ: {problems}", "Invalid: {problems}"),
    "bundle_damaged": ("Tệp mang tay bị hỏng.", "The carried file is damaged."),
    "bundle_foreign": (
        "Tệp không phải của tổ nào ở máy chủ này.",
        "The file is of no team of this server.",
    ),
    "bundle_revoked": (
        "Tệp do một máy đã bị thu quyền tạo ra.",
        "A laptop that was shut out made this file.",
    ),
    "keys_damaged": ("Tệp khóa {file} hỏng.", "The key file {file} is damaged."),
    "keys_missing": ("Thiếu tệp khóa {file}.", "The key file {file} is missing."),
    "no_catalogue": (
        "Chưa có danh mục: chạy `catalogue load THƯ_MỤC`.",
        "No catalogue yet: run `catalogue load DIR`.",
    ),
    "no_store": (
        "Chưa có máy chủ trong {data}: chạy `init`.",
        "No server in {data}: run `init`.",
    ),
    "not_found": ("Không tìm thấy {what}.", "{what} was not found."),
    "not_yet": ("Chưa có trong bản này.", "Not in this version yet."),
    "read_only": ("Không ghi được vào {what}.", "Cannot write to {what}."),
    "server_down": ("Máy chủ PostgreSQL không trả lời.", "The PostgreSQL server does not answer."),
    "server_running": (
        "Máy chủ đang chạy trên thư mục này; hãy dừng trước.",
        "A server is running on this folder; stop it first.",
    ),
    "store_damaged": ("Cơ sở dữ liệu hỏng.", "The database is damaged."),
    "store_exists": ("Đã có máy chủ ở đây.", "There is a server here already."),
    "store_too_new": (
        "Cơ sở dữ liệu do bản mới hơn tạo ra; hãy nâng cấp chương trình.",
        "A newer program has changed this database; upgrade the program.",
    ),
    "tls_required": (
        "Ngoài máy này phải dùng HTTPS: thêm --tls hoặc --cert và --key.",
        "Beyond this machine HTTPS is needed: add --tls, or --cert and --key.",
    ),
    "unknown_kind": ("Không có loại bản ghi {kind}.", "There is no kind {kind}."),
    "unknown_reference": ("{field}: không có {value}.", "{field}: there is no {value}."),
    "unknown_field": ("Không có mục {field}.", "There is no field {field}."),
    "wrong_usage": (
        "Lệnh chưa đúng cách dùng. Xem --help.",
        "The command is not used rightly. See --help.",
    ),
    "too_large": ("Quá lớn.", "Too large."),
    "too_new": (
        "Do bản chương trình mới hơn tạo ra; hãy nâng cấp máy chủ.",
        "A newer program made this; upgrade the server.",
    ),
    "bad_packet": ("Trong tệp có gói hỏng.", "A packet in the file is damaged."),
    "bad_signature": ("Chữ ký không đúng, không nhận gì.", "The signature is wrong, nothing was taken."),
    "epoch_older": (
        "Máy chủ này đang ở dữ liệu cũ hơn các máy từng biết; xem `epochs`.",
        "This server is at older data than laptops know; see `epochs`.",
    ),
    "interrupted": ("Đã dừng.", "Stopped."),
    "unexpected": ("Lỗi ngoài dự kiến: {type}.", "Unexpected error: {type}."),
}

ADVICE: dict[str, tuple[str, str]] = {
    "fine": ("tốt", "fine"),
    "restore": ("khôi phục từ bản sao lưu", "restore from a backup"),
    "close_keys": ("chmod 600 các tệp trong keys/", "chmod 600 the files in keys/"),
    "renew_certificate": ("sắp hết hạn: tạo chứng thư mới", "about to end: make a new certificate"),
    "load_catalogue": ("chạy `catalogue load`", "run `catalogue load`"),
    "make_backup": ("chạy `backup`", "run `backup`"),
}


PROBLEMS: dict[str, tuple[str, str]] = {
    "bad_code": ("không phải mã", "not a code"),
    "bad_date": ("không phải ngày", "not a date"),
    "bad_pattern": ("không đúng dạng", "not in the expected form"),
    "bad_period": (
        "không phải kỳ (2026, 2026-Q4, 2026-11, 2026-W47)",
        "not a period (2026-Q4, 2026-11, 2026-W47)",
    ),
    "bad_reference": ("không phải mã tham chiếu", "not a reference"),
    "bad_row_id": ("mã dòng sai", "wrong id of a row"),
    "not_a_number": ("phải là số", "a number is needed"),
    "required": ("cần nhập", "this is needed"),
    "retired_choice": ("lựa chọn đã bỏ", "this choice is no longer used"),
    "row_without_id": ("dòng không có mã", "a row has no id"),
    "too_few": ("quá ít", "too few"),
    "too_large": ("quá lớn", "too large"),
    "too_long": ("quá dài", "too long"),
    "too_many": ("quá nhiều", "too many"),
    "too_small": ("quá nhỏ", "too small"),
    "unknown_choice": ("không có lựa chọn này", "there is no such choice"),
    "unknown_field": ("không có mục này", "there is no such field"),
    "wrong_type": ("sai kiểu giá trị", "the value is of the wrong type"),
}
"""What is wrong with one field."""

HELP: dict[str, tuple[str, str]] = {
    "init": ("tạo khóa, chứng thư, người quản trị, danh mục", "keys, certificate, administrator, catalogue"),
    "init_catalogue": ("thay danh mục đi kèm chương trình", "instead of the shipped one"),
    "init_database": ("postgresql://… thay cho một tệp", "postgresql://… instead of one file"),
    "host_name": ("tên máy ghi trong chứng thư", "for the certificate"),
    "administrator": ("tên người quản trị", "of the administrator"),
    "serve": ("trả lời các máy cho tới khi dừng", "answer laptops until stopped"),
    "port": ("0: cổng còn trống", "0: a free one"),
    "tls": ("dùng chứng thư tạo lúc init", "with the certificate made at init"),
    "with_parent": ("dừng khi chương trình mẹ dừng", "end when the starter has ended"),
    "team": ("các tổ", "teams"),
    "team_add": ("thêm tổ và các thôn của tổ", "a team and its hamlets"),
    "invite": ("mã mời dùng một lần cho một máy", "a one-time code for one laptop"),
    "devices": ("các máy đã tham gia", "enrolled laptops"),
    "revoke": ("thu quyền một máy", "shut a laptop out"),
    "list": ("liệt kê bản ghi của một loại", "records of a kind"),
    "record": ("bản ghi do máy chủ ghi", "records the server writes"),
    "record_add": ("ghi từ các dòng JSON", "from JSON lines"),
    "stats": ("đang có bao nhiêu", "how much there is"),
    "catalogue": ("danh mục các loại sổ", "what is recorded"),
    "catalogue_load": ("nạp danh mục mới hơn", "a newer catalogue"),
    "bundle": ("tệp mang tay qua USB", "files carried by hand"),
    "bundle_import": ("nhận một tệp", "take one in"),
    "answer": ("ghi tệp trả lời cho người mang về", "write what goes home with its carrier"),
    "backup": ("sao lưu cả máy chủ vào một tệp đã kiểm tra", "the whole server in one verified file"),
    "restore": ("khôi phục từ bản sao lưu; luôn mở một đời mới", "go back to a backup; always a new epoch"),
    "restore_database": ("khi DATA chưa có máy chủ", "where DATA has no server yet"),
    "epochs": (
        "các đời của máy chủ này và những đời các máy biết",
        "lives of this server, and those that laptops know",
    ),
    "epochs_choose": (
        "đi tiếp với đời hiện tại, bỏ các đời khác",
        "go on with the present life, end the others",
    ),
    "life": ("tên đời hiện tại như `epochs` liệt kê", "name of the present life, as `epochs` lists it"),
    "check": ("kiểm tra máy chủ", "whether all is well"),
    "invite_name": (
        "mời ai; mã (id) của thành viên để thêm một máy cho họ",
        "who it is for; the id of a member for one more laptop of theirs",
    ),
    "program": ("Máy chủ cấp trên của ntmdesk.", "The upper server of ntmdesk."),
    "data": ("thư mục của máy chủ", "the server's folder"),
    "json": ("in một tài liệu JSON", "one JSON document on stdout"),
    "lang": ("ngôn ngữ: vi hoặc en", "language: vi or en"),
}
"""The help of the command line."""

_RECORD = ("bản ghi, tổ hoặc máy này", "The record, team or laptop")


_FOLDER = ("thư mục của máy chủ", "the server's folder")


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def sentence(code: str, details: Mapping[str, Any], language: str) -> str:
    """The words of a code, or of what is wrong with a field; the code itself where there are none."""
    place = 0 if language == "vi" else 1
    pair = WORDS.get(code)
    if pair is None:
        return PROBLEMS.get(code, (code, code))[place]
    said = dict(details)
    if isinstance(listed := said.get("problems"), list | tuple):
        said["problems"] = "; ".join(_problem(each, place) for each in listed)
    nothing = _FOLDER if code == "read_only" else _RECORD
    what = next((said[name] for name in ("path", "file", "folder") if said.get(name)), nothing[place])
    said.setdefault("what", what)
    return pair[place].format_map(_Blank(said))


def _problem(problem: Any, place: int) -> str:
    if not isinstance(problem, Mapping):
        return str(problem)
    code = str(problem.get("code", ""))
    words = PROBLEMS.get(code, (code, code))[place]
    return f"{problem['field']}: {words}" if problem.get("field") else words


def help_of(key: str, language: str) -> str:
    """A line of the help."""
    return HELP[key][0 if language == "vi" else 1]


def advice(code: str, language: str) -> str:
    """What to do about a check."""
    pair = ADVICE.get(code, (code, code))
    return pair[0 if language == "vi" else 1]
