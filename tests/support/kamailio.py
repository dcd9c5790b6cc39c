"""Debian's Kamailio as a proxy between phones and the server, on loopback."""

from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.ports import LOOPBACK, free_port
from tests.support.program import Program

_CONFIG = """\
#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
disable_tcp=no
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
auto_aliases=no
dns=off
rev_dns=off
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
event_route[core:worker-one-init] {{
  xlog("L_ERR", "proxy is ready\\n");
}}
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
    sl_send_reply("404", "Not here"); exit;
  }}
  if (is_method("INVITE")) record_route();
  if ($sp != {server}) $du = "sip:{host}:{server};transport={onward}";
  t_relay();
}}
"""


class Kamailio:
    """A record-routing proxy: what comes from the server goes to the phone it names, all else to the server."""

    def __init__(self, folder: Path, server_port: int, *, onward: str = "udp") -> None:
        self._folder = folder / "kamailio"
        self.port = free_port()
        self._folder.mkdir()
        config = self._folder / "kamailio.cfg"
        config.write_text(_CONFIG.format(host=LOOPBACK, port=self.port, server=server_port, onward=onward))
        self._program = Program(
            "kamailio", "-f", config, "-DD", "-E", "-m", "32", "-M", "4",
            "-P", self._folder / "pid", "-Y", self._folder,
        )  # fmt: skip

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        await self._program.__aenter__()
        await self._program.line("proxy is ready", timeout_s=20)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._program.__aexit__(kind, error, trace)
