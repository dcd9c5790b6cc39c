"""What Lan did before she calls, told to rooms in memory, and the sound of her past call."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from tests.support.web_standins import House
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, CallId, RecordingId, ThreadId


@dataclass(frozen=True, slots=True)
class Story:
    """Lan wrote a chat on Monday and an e-mail on Tuesday, called on Wednesday, and calls again now."""

    agent: AgentId
    card: Json
    thread: ThreadId
    past_call: CallId
    recording: RecordingId
    call: CallId

    @property
    def pop_call(self) -> Json:
        return {
            "id": str(self.call),
            "from": "+84901234567",
            "queue": "support",
            "language": "en-US",
            "path": [
                {"step": "language", "type": "language", "label": "English", "keys": "2"},
                {"step": "main", "type": "menu", "label": "Support", "keys": "3"},
                {"step": "to_support", "type": "queue", "label": None, "keys": None},
            ],
            "wait_s": 34.0,
        }

    def pop(self, house: House) -> Json:
        contact = {key: value for key, value in self.card.items() if key not in ("identities", "work_items")}
        return {
            "contact": contact,
            "identities": self.card["identities"],
            "work_items": self.card["work_items"],
            "timeline": [*reversed(house.threads.pages[self.thread][-20:])],
            "call": self.pop_call,
        }


def tell_story(house: House) -> Story:
    """An (agent), Bao (agent), Chi (supervisor), Dung (admin), and Lan's thread."""
    agent = house.people.add("an", "agent", "Trần An", extension="101")
    house.people.add("bao", "agent", "Lê Quốc Bảo", extension="102")
    house.people.add("chi", "supervisor", "Phạm Linh Chi")
    house.people.add("dung", "admin", "Đỗ Dung")
    card = house.threads.add_contact(
        "Nguyễn Thị Lan",
        [("phone", "+84901234567", "observed"), ("email", "lan.nguyen@example.com", "attested"), ("web_visitor", "v-2931", "claimed")],
        "vi-VN",
    )  # fmt: skip
    card["tags"] = ["delivery"]
    card["work_items"] = [
        {
            "number": 1042,
            "status": "open",
            "queue": "support",
            "subject": "Rice cooker arrived with a dent",
            "opened_at": (house.clock.now() - timedelta(days=2)).isoformat(),
        }
    ]
    thread = ThreadId(UUID(str(card["thread"])))
    an: Json = {"kind": "agent", "id": str(agent), "name": "Trần An"}
    day = house.clock.now() - timedelta(days=3)
    put = house.threads.put
    put(
        thread,
        "message",
        "chat",
        "in",
        day,
        text="Hello, I ordered a rice cooker on Saturday. When will it come?",
    )
    put(thread, "message", "chat", "out", day + timedelta(minutes=2), text="Good morning Lan! It left our store this morning and arrives tomorrow before noon.", actor=an)  # fmt: skip
    put(thread, "message", "chat", "in", day + timedelta(minutes=3), text="Great, thank you!")
    put(thread, "email", "email", "in", day + timedelta(days=1), subject="Dent in the lid", text="Dear shop,\n\nthe cooker came today, but the lid has a dent (photo attached). It closes, but not well. Can I get a new lid or another cooker?\n\nBest regards,\nLan")  # fmt: skip
    past_call = CallId(uuid4())
    recording = house.recordings.add(past_call, 24, SAID)
    call_facts: Json = {
        "id": str(past_call), "call": str(past_call), "direction": "inbound", "number": "+84901234567", "language": "en-US",
        "outcome": {"result": "served", "reason": "customer_hung_up"}, "queue": "support", "queue_title": "Support",
        "wait_s": 21.0, "agent": str(agent), "agent_name": "Trần An", "talk_s": 24.0, "recordings": [str(recording)],
        "ended_at": house.clock.now().isoformat(),
        "path": [
            {"step": "language", "type": "language", "label": "English", "keys": "2"},
            {"step": "main", "type": "menu", "label": "Support", "keys": "3"},
        ],
    }  # fmt: skip
    put(thread, "call", "voice", "in", day + timedelta(days=2), call=call_facts)
    put(thread, "note", "internal", "none", day + timedelta(days=2, minutes=1), text="Lid exchange promised, parcel leaves Thursday. Ask whether it arrived.", actor=an)  # fmt: skip
    house.calls.details[past_call] = {**call_facts, "thread": str(thread), "state": "ended", "legs": []}
    call = CallId(uuid4())
    house.calls.details[call] = {
        "id": str(call), "thread": str(thread), "contact": card["id"], "agent": str(agent), "state": "talking", "legs": [],
        "from": "+84901234567", "queue": "support", "path": [], "events": [],
    }  # fmt: skip
    return Story(agent, card, thread, past_call, recording, call)


SAID = (
    ("agent", 0.6, 3.2, "Good morning, this is An, how can I help you?"),
    ("customer", 3.8, 9.1, "Hi, it's Lan. I wrote yesterday about the rice cooker with the dent in the lid."),
    (
        "agent",
        9.6,
        14.4,
        "Yes, I can see your mail here. We will send you a new lid, you needn't return anything.",
    ),
    ("customer", 15.0, 17.2, "Oh, that's kind. When will it come?"),
    ("agent", 17.8, 22.5, "The parcel leaves on Thursday, so on Friday at the latest."),
)
