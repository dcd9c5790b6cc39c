"""argon2id, in a thread: one hash takes a quarter of a second of a core by design (OWASP's first choice)."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2  # hashes worked on at a time: each takes `memory_kib`, and calls need the cores too


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs. The default is argon2-cffi's own (RFC 9106, low memory)."""

    time: int = 3
    memory_kib: int = 65536
    parallelism: int = 4


CHEAP: Final = Cost(time=1, memory_kib=8, parallelism=1)  # for tests and nothing else


class Passwords:
    """Hashes and verifies; an unknown login costs the same as a known one."""

    def __init__(self, cost: Cost) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.time, memory_cost=cost.memory_kib, parallelism=cost.parallelism
        )
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """False for a wrong password; `stored` None (nobody) takes as long to say so."""
        if self._nobodys is None:
            self._nobodys = await self.hash("nobody")
        async with self._turns:
            right = await asyncio.to_thread(partial(self._verify, stored or self._nobodys, password))
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Made at another cost: to be hashed anew at the next chance."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
