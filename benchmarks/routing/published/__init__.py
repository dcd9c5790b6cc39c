"""Published dispatch rules, re-implemented from what their manuals and comments say; not the products themselves."""
