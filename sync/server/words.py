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
    "not_found": ("Không tìm thấy.", "Not found."),
    "not_yet": ("Chưa có trong bản này.", "Not in this version yet."),
    "read_only": ("Không ghi được vào {path}.", "Cannot write to {path}."),
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


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def sentence(code: str, details: Mapping[str, Any], language: str) -> str:
    """The words of a code; the code itself where there are none."""
    pair = WORDS.get(code)
    if pair is None:
        return code
    return pair[0 if language == "vi" else 1].format_map(_Blank(details))


def advice(code: str, language: str) -> str:
    """What to do about a check."""
    pair = ADVICE.get(code, (code, code))
    return pair[0 if language == "vi" else 1]
