"""Writes flow.schema.json."""

from ivr_flows.schema import FILE, written

FILE.write_text(written(), encoding="utf-8")
