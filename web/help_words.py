"""Every word of the public help page, in both languages: it is made on the server and loads no catalogue."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """`found` holds {words}, what was looked for."""

    name: str
    title: str
    search: str
    go: str
    languages: str
    other: str
    empty: str
    found: str
    none: str
    missing: str
    question: str
    yes: str
    no: str
    thanks: str


WORDS: Final[dict[str, Words]] = {
    "vi": Words(
        name="Tiếng Việt",
        title="Trợ giúp",
        search="Tìm trong trợ giúp",
        go="Tìm",
        languages="Ngôn ngữ",
        other="Chung",
        empty="Chưa có bài viết nào.",
        found="Kết quả cho “{words}”",
        none="Không tìm thấy. Hãy thử từ khác hoặc hỏi chúng tôi qua khung chat.",
        missing="Không có bài viết này, hoặc không còn nữa.",
        question="Bài viết có giúp được bạn không?",
        yes="Có",
        no="Không, tôi cần người hỗ trợ",
        thanks="Cảm ơn bạn đã cho chúng tôi biết.",
    ),
    "en": Words(
        name="English",
        title="Help",
        search="Search the help",
        go="Search",
        languages="Language",
        other="General",
        empty="Nothing is written here yet.",
        found="Found for “{words}”",
        none="Nothing was found. Try other words, or ask us in the chat.",
        missing="There is no such article, or not any more.",
        question="Did this help you?",
        yes="Yes",
        no="No, I need a person",
        thanks="Thank you, that helps us.",
    ),
}
