"""The room flows are edited in: their texts and revisions, the picture of a text, trials, and what calls did in them."""
