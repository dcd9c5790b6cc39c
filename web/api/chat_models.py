"""What a chat's page sends."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from web.api.models import Request

TEXT_MAX = 8_000
FILES_MAX = 10
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Strict(Request):
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class ChatSays(Strict):
    """Something the visitor said. `key` is his page's own, the same when it is sent again."""

    key: UUID
    text: str = Field(default="", max_length=TEXT_MAX)
    files: list[UUID] = Field(default_factory=list, max_length=FILES_MAX)
    name: Line | None = None
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None = None
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)] | None = None
    offline: bool = False
    page: str | None = Field(default=None, max_length=1_000)
    language: str | None = Field(default=None, max_length=20)

    @field_validator("text", "name", "phone", "email", "page", "language")
    @classmethod
    def storable(cls, value: str | None) -> str | None:
        """PostgreSQL takes neither NUL nor lone surrogates."""
        if value is None:
            return None
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")

    @model_validator(mode="after")
    def something(self) -> "ChatSays":
        if not self.text.strip() and not self.files:
            raise ValueError("say something, or attach a file")
        return self


class ChatHistory(Strict):
    before: int | None = Field(default=None, ge=1, lt=2**63, description="An entry: the lines before it.")


class TypingRequest(Request):
    """An agent is typing in a thread."""
