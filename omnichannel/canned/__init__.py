"""What agents have ready: texts behind a slash, and macros that do several things at one click."""
