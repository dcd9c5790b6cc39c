"""A call centre in a heap: arrivals, patience, work and absences by seed, routed by the real matcher or by others.

Pure: the same scenario and seed give the same day. docs/routing.md says what it is used for.
"""
