"""Messages as rows: entries that came or leave by an address of ours, and what became of them."""
