"""Trunks as admins keep them: passwords go in and never come out; what is kept is in force from the next start on."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from telephony.administration.notes import Note, Who
from telephony.administration.probe import Probed, probe
from telephony.administration.store import Row, TelephonyAdministrationStore
from telephony.sip.server import SipServer
from telephony.sip.store import SipStore
from telephony.sip.trunks import TrunkConfig, TrunkMisconfigured
from threadline.db.pool import Pool
from threadline.kernel.errors import NotFound, Unfit
from threadline.kernel.events import Json
from threadline.kernel.versions import check_version, difference, version_of

SECRETS: Final = ("password", "inbound_password")


class NoSuchTrunk(NotFound):
    """No such trunk."""


class Trunks:
    """`running` is what the server started with."""

    def __init__(
        self, pool: Pool, kept: SipStore, running: Sequence[TrunkConfig], sip: SipServer, note: Note
    ) -> None:
        self._pool = pool
        self._kept = kept
        self._running = {trunk.name: trunk for trunk in running}
        self._sip = sip
        self._note = note

    async def everything(self) -> list[Row]:
        """[{name, … of TrunkConfig less passwords, secrets, is_running, is_registered, ways, version}]."""
        return [self._shown(trunk) for trunk in await self._kept.trunks()]

    async def add(self, name: str, given: Json, actor: Who) -> Row:
        """Raises Unfit."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            await store.lock_trunks()
            if await store.trunk(name) is not None:
                raise Unfit("name", "taken", "There is a trunk of that name.")
            made = _read(name, given)
            await store.save_trunk(name, made.to_json())
            await self._note(actor, "trunk.add", f"trunk:{name}", {"after": _facts(made)}, link)
        return self._shown(made)

    async def change(self, name: str, given: Json, seen: str | None, actor: Who) -> Row:
        """A password that is not given stays; "" forgets it. Raises NoSuchTrunk, Outdated, Unfit."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            await store.lock_trunks()
            before = await _there(store, name)
            check_version(_facts(before), seen)
            made = _with_secrets(_read(name, given), before, given)
            await store.save_trunk(name, made.to_json())
            changes = difference(_facts(before), _facts(made))
            changes["secrets"] = [one for one in SECRETS if getattr(before, one) != getattr(made, one)]
            await self._note(actor, "trunk.change", f"trunk:{name}", changes, link)
        return self._shown(made)

    async def delete(self, name: str, actor: Who) -> None:
        """Raises NoSuchTrunk."""
        async with self._pool.acquire() as link, link.transaction():
            store = TelephonyAdministrationStore(link)
            before = await _there(store, name)
            await store.drop_trunk(name)
            await self._note(actor, "trunk.delete", f"trunk:{name}", {"before": _facts(before)}, link)

    async def test(self, name: str) -> Probed:
        """Asks the trunk, as it is kept, whether it is there. Raises NoSuchTrunk."""
        return await probe(self._sip, await _there(TelephonyAdministrationStore(self._pool), name))

    def _shown(self, trunk: TrunkConfig) -> Row:
        is_running = self._running.get(trunk.name) == trunk
        ways = [one for one in self._sip.peers() if one.kind == "trunk" and one.name == trunk.name]
        return {
            **_facts(trunk),
            "version": version_of(_facts(trunk)),
            "is_running": is_running,
            "is_registered": self._sip.is_trunk_registered(trunk.name)
            if trunk.register and is_running
            else None,
            "ways": [
                {
                    "address": f"{one.flow.host}:{one.flow.port}",
                    "reach": one.reach.value,
                    "rtt_ms": one.rtt_ms,
                }
                for one in ways
            ],
        }


def _facts(trunk: TrunkConfig) -> Row:
    shown: dict[str, Any] = {name: value for name, value in asdict(trunk).items() if name not in SECRETS}
    shown["addresses"] = list(trunk.addresses)
    shown["secrets"] = [one for one in SECRETS if getattr(trunk, one)]
    return shown


def _with_secrets(made: TrunkConfig, before: TrunkConfig, given: Json) -> TrunkConfig:
    stays = {one: getattr(before, one) for one in SECRETS if given.get(one) is None}
    return replace(made, **stays)


def _read(name: str, given: Json) -> TrunkConfig:
    """Raises Unfit beside the field."""
    written: Json = {key: value for key, value in given.items() if value not in (None, "")}
    try:
        return TrunkConfig.from_json(name, written)
    except TrunkMisconfigured as exc:
        raise Unfit(_field_of(str(exc)), "unfit", str(exc)) from exc


def _field_of(message: str) -> str:
    """Which field a refusal of TrunkConfig is about."""
    for start, field in (("srtp", "srtp"), ("transport", "transport"), ("register", "register")):
        if message.startswith(start):
            return field
    return "addresses"


async def _there(store: TelephonyAdministrationStore, name: str) -> TrunkConfig:
    found = await store.trunk(name)
    if found is None:
        raise NoSuchTrunk
    return TrunkConfig.from_json(name, found)
