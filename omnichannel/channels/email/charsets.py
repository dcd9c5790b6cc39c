"""Bytes to text, whatever the label says. Pure.

Labels lie, are unknown to Python or are missing; `get_content()` of the standard library raises on them. Text
leaves here in NFC, because windows-1258 and some clients write Vietnamese with combining marks.
"""

import codecs
import unicodedata
from typing import Final

from charset_normalizer import from_bytes

# RFC 1456 and TCVN 5712:1993; Python has neither. Upper halves in order, then the letters among the controls.
_VISCII: Final = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)  # fmt: skip
_VISCII_LOW: Final = {2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ"}
_TCVN: Final = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)  # fmt: skip
_TCVN_LOW: Final = {
    1: "Ú", 2: "Ụ", 4: "Ừ", 5: "Ử", 6: "Ữ", 17: "Ứ", 18: "Ự", 19: "Ỳ", 20: "Ỷ", 21: "Ỹ", 22: "Ý", 23: "Ỵ",
}  # fmt: skip

_SHORT: Final = 40  # bytes; of fewer nothing can be guessed
_TABLES: Final = {"viscii": (_VISCII, _VISCII_LOW), "tcvn": (_TCVN, _TCVN_LOW)}
_SAME: Final = {  # what is written under a label is often a superset of what the label says
    "ansi_x3.4-1968": "ascii", "us-ascii": "ascii", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "cp-1258": "cp1258",
    "x-cp1258": "cp1258", "windows1258": "cp1258", "csviscii": "viscii", "viscii1.1-1": "viscii", "x-viet-tcvn": "tcvn",
    "tcvn-5712": "tcvn", "tcvn5712-1": "tcvn", "x-viet-tcvn5712": "tcvn", "tcvn3": "tcvn", "utf8mb4": "utf-8",
}  # fmt: skip


def decode(data: bytes, label: str | None) -> str:
    """`data` as text in NFC, CRLF as LF, without NUL. Never raises: what fits no charset gets replacement marks."""
    text = _decoded(data, (label or "").strip().strip("\"'").lower())
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def clean(text: str) -> str:
    """NFC, without NUL and lone surrogates, which the database can't hold."""
    whole = text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", whole)


def _decoded(data: bytes, label: str) -> str:
    name = _SAME.get(label, label)
    if name in _TABLES:
        return _by_table(data, *_TABLES[name])
    for codec in (name, "utf-8"):
        if _is_text_codec(codec) and not _is_wide_in_name_only(codec, data):
            try:
                return data.decode(codec)
            except UnicodeError:
                continue
    return _guessed(data, name)


def _by_table(data: bytes, high: str, low: dict[int, str]) -> str:
    return "".join(high[byte - 128] if byte > 127 else low.get(byte, chr(byte)) for byte in data)


def _is_text_codec(name: str) -> bool:
    try:
        info = codecs.lookup(name) if name else None
    except (LookupError, ValueError):
        return False
    return info is not None and info._is_text_encoding and info.name not in ("idna", "punycode", "undefined")


def _is_wide_in_name_only(name: str, data: bytes) -> bool:
    """ASCII under a label of two or four bytes a letter would come out as Chinese."""
    return name.startswith(("utf-16", "utf-32", "utf16", "utf32")) and data.isascii() and b"\0" not in data


def _guessed(data: bytes, name: str) -> str:
    """Mostly right beats wholly wrong: a known label with a few broken bytes keeps its charset."""
    if _is_text_codec(name) and name != "ascii":
        text = data.decode(name, "replace")
        if len(data) < _SHORT or text.count("\ufffd") * 20 <= len(text):
            return text
    best = from_bytes(data).best()
    return str(best) if best is not None else data.decode("latin-1")
