"""What a newcomer reads when the demo is up. Pure."""

from collections.abc import Mapping

from threadline.demo.cast import AN, CHI, DUNG, EMPLOYEES, HOTLINE, LAN, LINES


def banner(*, web: str, sip: str, passwords: Mapping[str, str], quiet: bool) -> str:
    """`web` is the page's address, `sip` the HOST:PORT that phones register at."""
    logins = "\n".join(
        f"    {one.login:<6} {passwords[f'login:{one.login}']:<14} {one.name}, {one.role}"
        for one in EMPLOYEES
    )
    customers = (
        "Nobody calls by himself (--quiet-customers): the phones are yours."
        if quiet
        else "Simulated customers call now and then; a simulated colleague, Bình, answers them.\n"
        "  --quiet-customers leaves the phones to you."
    )
    lines = "\n".join(f"    {line.number}   {line.title}" for line in LINES)
    caller, password = LAN.account, passwords[f"phone:{LAN.account}"]
    return f"""
  Threadline is up.   {web}

  Log in as one of                 (password)
{logins}
    Agents live on the desk; {CHI.login} also sees {web}wallboard,
    {DUNG.login} writes the calls' flows at {web}flows and keeps the shop at {web}admin

  Register two SIP phones at {sip} (UDP or TCP):
    {AN.name}'s phone          user {AN.extension:<12} password {passwords[f"phone:{AN.extension}"]}
    {LAN.name}'s phone  user {caller:<12} password {password}

  Then: log in as {AN.login}, set yourself ready, and from {LAN.name}'s phone call
    {HOTLINE}   press 2 for English (asked the first time only), then 3 for support;
    {AN.name}'s phone rings and the page shows who calls.
  Or write to the shop as a customer, from the chat on its page:
    {web}demo/shop
  Without a second phone:
    python -m threadline call {HOTLINE} --server {sip} --user {caller} --password {password} --press 2,3

  Other numbers, each an example flow (the first time their prompts are spoken, which takes a minute):
{lines}

  {customers}
  Ctrl-C ends it; the data stays.
"""
