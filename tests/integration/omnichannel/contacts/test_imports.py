"""A table of contacts: looked at, taken in batches, the refused lines told so that they can be mended."""

import csv
import io
from uuid import UUID

import pytest

from omnichannel.audit.service import Actor, Audit
from omnichannel.contacts.errors import NoSuchImport
from omnichannel.contacts.importing.service import ContactImports
from omnichannel.threads import Threads
from tests.integration.omnichannel.support import NOON, new_call
from threadline.db.pool import Pool
from threadline.kernel.clock import VirtualClock
from threadline.kernel.errors import Invalid
from threadline.kernel.events import Json

pytestmark = pytest.mark.integration

ADMIN = Actor("system")
FILE = """Họ tên,SĐT,Email,Mã KH,Nhãn,Thành phố
Lan,0912 345 678,lan@example.vn,K1,vip,Huế
Hùng,01621234567,,K2,,Đà Nẵng
,12,,,,
Lan again,0912345678,,,,
Nobody,,,,,
"""


@pytest.fixture
def imports(pool: Pool, clock: VirtualClock) -> ContactImports:
    return ContactImports(pool, clock, Audit(pool, clock))


def id_of(shown: Json) -> UUID:
    return UUID(str(shown["id"]))


async def report(imports: ContactImports, shown: Json) -> list[list[str]]:
    text = "".join([part async for part in imports.report(id_of(shown))])
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))


async def test_a_preview_takes_nothing_and_finds_every_fault(pool: Pool, imports: ContactImports) -> None:
    shown = await imports.preview("khach.csv", FILE.encode(), ADMIN)
    assert shown["counts"] == {"ready": 2, "refused": 3, "made": 0, "changed": 0}
    assert isinstance(shown["refused"], list)
    codes = [(one["line"], one["findings"][0]["code"]) for one in shown["refused"] if isinstance(one, dict)]  # type: ignore[index,call-overload]
    assert codes == [(4, "phone_unreadable"), (5, "twice"), (6, "no_identity")]
    assert await pool.fetchval("select count(*) from contact") == 0


async def test_good_lines_become_contacts_and_the_others_a_report(
    pool: Pool, imports: ContactImports, threads: Threads
) -> None:
    call = new_call()
    caller = await threads.call_arrived(call, "+84321234567", "x", "1900", "VN", NOON, None)
    shown = await imports.preview("khach.csv", FILE.encode(), ADMIN)
    await imports.apply(id_of(shown), ADMIN)
    while await imports.step():
        continue
    done = await imports.show(id_of(shown))
    assert (done["state"], done["counts"]) == ("done", {"ready": 0, "refused": 3, "made": 1, "changed": 1})
    hung = await threads.contact(caller.contact)
    assert (hung["name"], hung["customer_no"], hung["fields"]) == ("Hùng", "K2", {"Thành phố": "Đà Nẵng"})
    (lan,) = await threads.contacts("lan@example.vn", "VN")
    assert (lan["name"], lan["tags"]) == ("Lan", ["vip"])
    rows = await report(imports, shown)
    assert rows[1][1] == "12"
    assert rows[1][-3:-1] == ["4", "SĐT: no phone can be read from it"]
    with pytest.raises(NoSuchImport):
        await imports.apply(id_of(shown), ADMIN)


async def test_a_line_of_two_contacts_or_of_another_customer_number_is_refused(
    imports: ContactImports, threads: Threads
) -> None:
    first = await imports.preview("a.csv", b"phone,email,customer no\n0912345678,,K1\n,b@x.vn,\n", ADMIN)
    await imports.apply(id_of(first), ADMIN)
    while await imports.step():
        continue
    second = await imports.preview("b.csv", b"phone,email,customer no\n0912345678,b@x.vn,K1\n", ADMIN)
    third = await imports.preview("c.csv", b"phone,customer no\n0912345678,K9\n", ADMIN)
    for one, code in ((second, "two_contacts"), (third, "customer_no")):
        await imports.apply(id_of(one), ADMIN)
        while await imports.step():
            continue
        done = await imports.show(id_of(one))
        assert isinstance(done["refused"], list)
        assert done["refused"][0]["findings"][0]["code"] == code  # type: ignore[index,call-overload]


async def test_columns_can_be_said_otherwise_and_every_line_is_looked_at_again(
    imports: ContactImports,
) -> None:
    shown = await imports.preview("a.csv", b"who,where\nLan,0912345678\n", ADMIN)
    assert shown["counts"] == {"ready": 0, "refused": 1, "made": 0, "changed": 0}
    again = await imports.recolumn(id_of(shown), {"who": "name", "where": "phone"})
    assert again["counts"] == {"ready": 1, "refused": 0, "made": 0, "changed": 0}
    with pytest.raises(Invalid, match="where"):
        await imports.recolumn(id_of(shown), {"where": "password"})


async def test_another_process_goes_on_where_one_ended(
    pool: Pool, clock: VirtualClock, imports: ContactImports
) -> None:
    lines = "".join(f"Name {n},09{n:08d}\n" for n in range(10_000_000, 10_000_300))
    shown = await imports.preview("a.csv", f"name,phone\n{lines}".encode(), ADMIN)
    await imports.apply(id_of(shown), ADMIN)
    assert await imports.step()
    other = ContactImports(pool, clock, Audit(pool, clock))
    while await other.step():
        continue
    counts = (await other.show(id_of(shown)))["counts"]
    assert isinstance(counts, dict)
    assert (counts["ready"], counts["made"]) == (0, await pool.fetchval("select count(*) from contact"))


async def applied(imports: ContactImports, text: str) -> Json:
    shown = await imports.preview("a.csv", text.encode(), ADMIN)
    await imports.apply(id_of(shown), ADMIN)
    while await imports.step():
        continue
    return await imports.show(id_of(shown))


async def test_lines_of_one_contact_taken_at_once_count_one_after_the_other(
    imports: ContactImports, threads: Threads
) -> None:
    await applied(imports, "phone,email,name\n0912345678,lan@x.vn,Lan\n")
    lines = "0912345678,,K1,a,1\n,lan@x.vn,K2,b,2\n,lan@y.vn; LAN@Y.vn,,c,3\n"
    done = await applied(imports, f"phone,email,customer no,tags,Floor\n{lines}")
    assert done["counts"] == {"ready": 0, "refused": 1, "made": 1, "changed": 1}
    assert isinstance(done["refused"], list)
    assert done["refused"][0]["findings"][0]["code"] == "customer_no"  # type: ignore[index,call-overload]
    (lan,) = await threads.contacts("0912345678", "VN")
    assert (lan["name"], lan["customer_no"], lan["tags"], lan["fields"]) == (
        "Lan",
        "K1",
        ["a"],
        {"Floor": "1"},
    )
    (other,) = await threads.contacts("lan@y.vn", "VN")
    assert isinstance(other["identities"], list)
    assert len(other["identities"]) == 1


async def test_an_import_taken_again_changes_nothing(pool: Pool, imports: ContactImports) -> None:
    lines = "".join(f"Name {n},09{n:08d},n{n}@x.vn\n" for n in range(10_000_000, 10_000_700))
    first = await applied(imports, f"name,phone,email\n{lines}")
    assert first["counts"] == {"ready": 0, "refused": 0, "made": 700, "changed": 0}
    kept = "select (select count(*) from contact), (select count(*) from thread), (select count(*) from contact_identity)"
    before = await pool.fetchrow(kept)
    again = await applied(imports, f"name,phone,email\n{lines}")
    assert again["counts"] == {"ready": 0, "refused": 0, "made": 0, "changed": 700}
    assert before is not None
    assert tuple(before) == (700, 700, 1400)
    assert await pool.fetchrow(kept) == before


async def test_a_shared_phone_refuses_its_line_and_no_other(pool: Pool, imports: ContactImports) -> None:
    await applied(imports, "phone\n0912345678\n0912345679\n")
    await pool.execute("update contact_identity set is_shared = true where value = '+84912345678'")
    done = await applied(imports, "phone,name\n0912345678,Lan\n0912345679,Mai\n0912345670,Chi\n")
    assert done["counts"] == {"ready": 0, "refused": 1, "made": 1, "changed": 1}
    assert isinstance(done["refused"], list)
    assert done["refused"][0]["findings"][0]["code"] == "shared"  # type: ignore[index,call-overload]
