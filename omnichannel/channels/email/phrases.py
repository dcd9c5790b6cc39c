"""How mail programs announce what they quote, by language. Data; compared in NFC and lower case."""

import re
from typing import Final

WROTE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"^on\b.{4,240}\bwrote\s?:$",
        r"^vào\b.{4,240}\bviết\s?:$",  # Gmail, Apple Mail: "Vào Th 2, 16 thg 11, 2026 … đã viết:"
        r"^(lúc|ngày|vào ngày)\b.{4,240}\bviết\s?:$",  # Thunderbird, Zimbra
        r"^.{2,120}\bđã viết (vào|lúc|ngày)\b.{4,120}:$",
        r"^le\b.{4,240}\ba écrit\s?:$",
        r"^am\b.{4,240}\bschrieb\b.{0,160}:$",
        r"^el\b.{4,240}\bescribió\s?:$",
        r"^il\b.{4,240}\bha scritto\s?:$",
        r"^em\b.{4,240}\bescreveu\s?:$",
        r"^op\b.{4,240}\bschreef\b.{0,160}:$",
        r"^.{4,240}(写道|寫道)\s?[:：]$",
        r"^.{4,240}(님이 작성|작성)\s?:$",
    )
)
NAMED: Final = re.compile(r"^.{4,200}<[^<>\s]+@[^<>\s]+>\s?(:|wrote:|đã viết:)$")  # in whatever language
ORIGINAL: Final = re.compile(
    r"^[-_\s*]{3,}\s*(original message|original appointment|reply message|thư gốc|tin nhắn gốc|tin nhắn ban đầu|"
    r"thư ban đầu|message d'origine|ursprüngliche nachricht|mensaje original|原始邮件|원본 메시지)\s*[-_\s*]*$"
)
FORWARDED: Final = re.compile(
    r"^[->\s*]*\s*(forwarded message|begin forwarded message|thư (được )?chuyển tiếp|tin nhắn (được )?chuyển tiếp|"
    r"bắt đầu thư (được )?chuyển tiếp|chuyển tiếp thư|message transféré|weitergeleitete nachricht)\b.{0,20}$"
)
FROM: Final = re.compile(r"^\*?(from|từ|người gửi|de|von|da|van|发件人|보낸 사람)\s?:\*?\s*\S")
FIELD: Final = re.compile(
    r"^\*?(sent|date|to|cc|subject|đã gửi|đã gửi lúc|ngày|ngày gửi|gửi|gửi lúc|thời gian|đến|tới|người nhận|chủ đề|"
    r"tiêu đề|envoyé|à|objet|gesendet|an|betreff|enviado|para|asunto|assunto|datum|aan|onderwerp|发送时间|收件人|主题|"
    r"보낸 날짜|받는 사람|제목)\s?:\*?"
)
RULE: Final = re.compile(r"^[_\-=]{10,}$")
SIGNATURE: Final = re.compile(
    r"^(-- ?|—|sent from my \S.{0,40}|sent from (mail|outlook|yahoo|samsung)\b.{0,60}|get outlook for .{0,40}|"
    r"(đã|được)? ?gửi từ (điện thoại|thư|hộp thư|outlook|iphone|ipad|my|máy|samsung|yahoo|di động|thiết bị|zalo)\b.{0,60}|"
    r"tải outlook (cho|dành cho) .{0,40}|tải ứng dụng outlook .{0,40}|envoyé de mon .{0,30}|von meinem .{2,30} gesendet|"
    r"sent via .{0,40}|sent with .{0,40}secure email.?)$"
)
