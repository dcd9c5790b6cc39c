"""Errors of the recordings room.

ThreadlineError
└── RecordingError
    ├── WavBroken           a file is no WAV we can read or mend
    ├── EngineFailed        a speech engine failed or took too long; trying again may help
    ├── ModelMissing        no speech model where one was named
    └── ModelFetchFailed    a model could not be downloaded, verified or unpacked
"""

from threadline.kernel.errors import ThreadlineError


class RecordingError(ThreadlineError):
    """Something about a recording failed."""


class WavBroken(RecordingError):
    """The file is no WAV that can be read."""


class EngineFailed(RecordingError):
    """The speech engine failed."""


class ModelMissing(RecordingError):
    """There is no speech model at this path."""


class ModelFetchFailed(RecordingError):
    """The model could not be fetched."""
