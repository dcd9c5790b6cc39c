"""The shape of `GET /api/operations`."""

from pydantic import BaseModel


class BanRow(BaseModel):
    address: str
    since: str
    until: str
    count: int
    reason: str


class FloodRow(BaseModel):
    address: str
    refused: int
    last: str


class RefusalRow(BaseModel):
    at: str
    address: str
    reason: str
    method: str | None


class DeniedRow(BaseModel):
    at: str
    payer: str
    number: str
    reason: str


class PayerRow(BaseModel):
    payer: str
    calls: int
    minutes: float


class Dialling(BaseModel):
    """Calls out through trunks: what is allowed, what was refused, who spends what today."""

    countries: list[str]
    refused: dict[str, int]
    recent: list[DeniedRow]
    payers: list[PayerRow]


class PhoneRow(BaseModel):
    account: str
    transport: str
    source: str
    agent: str | None
    expires_at: str
    reach: str | None


class WayRow(BaseModel):
    """One address of a trunk. `reach`: unknown, reachable, lagged or unreachable, by OPTIONS."""

    address: str
    reach: str
    rtt_ms: float | None


class TrunkRow(BaseModel):
    """`registered`: None where we do not register with it."""

    name: str
    host: str | None
    transport: str
    addresses: list[str]
    registered: bool | None
    ways: list[WayRow]


class WorkerRow(BaseModel):
    """How late its send ticks came in the last minute with calls, and how many were over 5 ms since the start."""

    worker: int
    up: bool
    legs: int
    late_p50_ms: float | None
    late_p99_ms: float | None
    late_max_ms: float | None
    late_ticks: int


class OperationsReply(BaseModel):
    """`refused` counts since the start by reason; `recent` has the latest first."""

    at: str
    calls: int
    loop_lag_ms: float
    is_overloaded: bool
    refused: dict[str, int]
    bans: list[BanRow]
    floods: list[FloodRow]
    recent: list[RefusalRow]
    dialling: Dialling
    phones: list[PhoneRow]
    trunks: list[TrunkRow]
    media: list[WorkerRow]
    media_losses: int
    rtp_strangers: int
