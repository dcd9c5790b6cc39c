"""The compiled half of the media engine, where a C compiler was at hand when the server was set up.

`python -m telephony.media.native.build` makes it, `make setup` calls that. Without it, or with one made from other
sources, the engine does everything in Python: the same, with more work for the processor.
"""
