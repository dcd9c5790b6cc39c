"""One suite every channel passes. A channel joins by a module `case_NAME.py` here with a `CASES` tuple."""
