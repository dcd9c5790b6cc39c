"""Who is in the demo: the shop's people, its customers, and what was said before today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

HOTLINE: Final = "19001234"
FLOW: Final = "retail_main"
CALENDAR: Final = "store"
REGION: Final = "VN"
TIMEZONE: Final = "Asia/Ho_Chi_Minh"
QUEUES: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    "support": ("Hỗ trợ kỹ thuật / Support", {"support": 2}),
    "billing": ("Thanh toán / Billing", {"billing": 2}),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the demo that one of the shipped example flows answers."""

    number: str
    flow: str
    title: str


LINES: Final = (
    Line("19001235", "warranty_case", "Bảo hành / Warranty (order 482913 or 771204)"),
    Line("19001236", "after_hours", "Ngoài giờ / After hours"),
    Line("19001237", "clinic_appointment", "Đặt lịch khám / Clinic"),
    Line("19001238", "delivery_status", "Giao hàng / Deliveries (parcel 2913, 1204 or 0333)"),
    Line("19001239", "campaign_survey", "Khảo sát / Survey"),
)
NIGHT: Final = "night_desk"  # never open, so that the night can be heard at any time


@dataclass(frozen=True, slots=True)
class Employee:
    """Someone who logs in; `extension` is also the SIP account of the phone on the desk."""

    login: str
    name: str
    extension: str
    skills: Mapping[str, int]
    role: str = "agent"
    locale: str = "vi-VN"
    wrap_up_s: int = 30


AN: Final = Employee(
    "an", "An", "101", {"support": 5, "billing": 3, "lang:vi-VN": 5, "lang:en-US": 4}, locale="en-US"
)
BINH: Final = Employee(  # played by the machine, unless the customers are quiet
    "binh", "Bình", "102", {"billing": 5, "lang:vi-VN": 5, "lang:en-US": 4}, wrap_up_s=10
)
CHI: Final = Employee(
    "chi", "Chi", "103", {"support": 3, "billing": 4, "lang:vi-VN": 5, "lang:en-US": 2}, role="supervisor"
)
DUNG: Final = Employee("dung", "Dũng", "104", {}, role="admin")
EMPLOYEES: Final = (AN, BINH, CHI, DUNG)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the past. `days_ago` counts from today, `clock` is local; `weekday` (Monday 0)
    instead means the last such day before today."""

    channel: Literal["chat", "email"]
    direction: Literal["in", "out"]
    text: str
    clock: str
    days_ago: int = 0
    weekday: int | None = None
    subject: str | None = None
    by: str | None = None  # login of the agent who wrote it


@dataclass(frozen=True, slots=True)
class Customer:
    """`phone` is E.164; the SIP account is the same number as it is dialled at home, `account`."""

    name: str
    phone: str
    language: str
    history: tuple[Said, ...] = ()

    @property
    def account(self) -> str:
        return "0" + self.phone.removeprefix("+84")


@dataclass(frozen=True, slots=True)
class Habit:
    """How a simulated customer calls: keys with the seconds between them, words, and patience.

    The first key chooses the language, which the hotline asks a new customer for.
    """

    customer: Customer
    keys: str
    words: str
    press_after_s: float = 6.0
    press_gap_s: float = 6.0
    patience_s: float = 60.0
    say_after_s: float = field(default=12.0)
    say_every_s: float | None = 9.0


LAN: Final = Customer(
    "Lan Nguyễn",
    "+84901234567",
    "vi-VN",
    (
        Said("chat", "in", "Chào shop, máy lạnh tôi mua tháng trước kêu to quá.", "09:12", weekday=0),
        Said(
            "chat", "out", "Dạ chào chị Lan, chị cho em xin mã đơn hàng ạ?", "09:14", weekday=0, by="an"
        ),
        Said("chat", "in", "Đơn 482913, model AC-12. Có thợ qua xem được không?", "09:15", weekday=0),
        Said("chat", "out", "Dạ em đặt lịch thợ chiều thứ Ba cho chị nhé.", "09:21", weekday=0, by="an"),
        Said(
            "email",
            "in",
            "Technician came on Tuesday but the noise is back after one hour. I attached the invoice. "
            "Please call me, or I will return the air conditioner. - Lan",
            "18:40",
            weekday=1,
            subject="Air conditioner AC-12, order 482913: still noisy",
        ),
    ),
)  # fmt: skip
MINH: Final = Customer(
    "Minh Trần",
    "+84912345678",
    "vi-VN",
    (
        Said("chat", "in", "Hóa đơn tháng này của tôi bị tính hai lần.", "14:05", days_ago=3),
        Said("chat", "out", "Dạ em kiểm tra và báo lại anh trong hôm nay.", "14:09", days_ago=3, by="binh"),
    ),
)
JOHN: Final = Customer(
    "John Miller",
    "+84938111222",
    "en-US",
    (
        Said(
            "email",
            "in",
            "Hello, my order 771204 was promised for last Friday. Where is it?",
            "10:30",
            days_ago=2,
            subject="Order 771204",
        ),
        Said(
            "email",
            "out",
            "Dear Mr Miller, it left our warehouse this morning and arrives tomorrow.",
            "11:02",
            days_ago=2,
            subject="Re: Order 771204",
            by="chi",
        ),
    ),
)
HOA: Final = Customer(
    "Hoa Phạm",
    "+84977000333",
    "vi-VN",
    (Said("chat", "in", "Shop có giao hàng ở Cần Thơ không?", "20:15", days_ago=6),),
)
TUAN: Final = Customer("Tuấn Lê", "+84986123123", "vi-VN")
SARAH: Final = Customer("Sarah Kim", "+84909555777", "en-US")

CUSTOMERS: Final = (LAN, MINH, JOHN, HOA, TUAN, SARAH)

# Lan never calls by herself: her phone is the newcomer's.
HABITS: Final = (
    Habit(MINH, "12", "Chào em, hóa đơn của anh bị tính hai lần. Em kiểm tra giúp anh nhé."),
    Habit(
        JOHN, "22", "Hello, I would like to ask about my bill. It seems too high this month.", patience_s=75
    ),
    Habit(HOA, "1", "", press_after_s=5, patience_s=16),  # hears the menu and hangs up
    Habit(TUAN, "12", "A lô, cho tôi hỏi về hóa đơn tháng trước.", patience_s=90),
    Habit(SARAH, "23", "Hi, my washing machine does not start any more. Can you help me?", patience_s=40),
)
GREETING_OF_BINH: Final = "Dạ, An Bình xin nghe. Em tên Bình, em giúp gì được cho anh chị ạ?"
