"""A day of arrivals as it is at a bank's call centre: shape and variability, no counts.

From the five-minute call counts of a large North American bank (164 weekdays of 2003, 07:00 to 21:05, data set
`calls` of the R package fpp2), as quarter-hour weights with the mean 1, and two measures of how much days and
quarters of an hour vary beside Poisson's noise.
"""

from typing import Final

DAY_CV: Final = 0.09
