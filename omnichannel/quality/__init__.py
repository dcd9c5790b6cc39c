"""What supervisors hear in recorded calls: scorecards, what was given by them, and the calls to listen to."""
