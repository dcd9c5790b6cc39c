"""The process a prediction is made in: a pickled (Setup, staffing) on standard input, JSON on standard output.

It lets calls go first, and its parent ends it when nobody waits for the answer any more.
"""

import json
import os
import pickle
import sys

from omnichannel.routing.simulation.what_if import what_if

if __name__ == "__main__":
    os.nice(10)
    setup, staffing = pickle.load(sys.stdin.buffer)  # noqa: S301 - only the server itself writes here
    json.dump(what_if(setup, staffing=staffing), sys.stdout)
