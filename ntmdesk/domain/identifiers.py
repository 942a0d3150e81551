"""Everything that identifies a person from outside, under one name: numbers, telephones, card codes."""

from ntmdesk.domain.card_qr import CardQr, read_card_qr
from ntmdesk.domain.id_numbers import BIRTH_PROVINCES, IdentifierError, IdNumber, mask_id_number
from ntmdesk.domain.telephones import format_phone, mask_phone, read_phone

__all__ = [
    "BIRTH_PROVINCES",
    "CardQr",
    "IdNumber",
    "IdentifierError",
    "format_phone",
    "mask_id_number",
    "mask_phone",
    "read_card_qr",
    "read_phone",
]
