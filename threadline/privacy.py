"""Puts privacy together: its requests are carried out by the jobs, recordings and files are other rooms'."""

from dataclasses import dataclass
from typing import Final

from omnichannel.audit.reads import Reads
from omnichannel.privacy.service import Privacy
from recordings.forgetting import Forgetting
from recordings.jobs import Jobs
from threadline.channels import Correspondence
from threadline.config import Settings
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.secret_key import SecretKey

KEY: Final = "archives of personal data"


@dataclass(frozen=True, slots=True)
class PrivacyRooms:
    """`reads.run` notes who looked."""

    privacy: Privacy
    reads: Reads


def open_privacy(
    settings: Settings, pool: Pool, clock: Clock, correspondence: Correspondence, jobs: Jobs, key: SecretKey
) -> PrivacyRooms:
    """Before `jobs` run: they learn here what they carry out."""
    privacy = Privacy(
        pool, clock, correspondence.audit, jobs, Forgetting(pool, settings.recordings_dir), correspondence.files,
        folder=settings.data_dir / "archives", key=key.derived(KEY),
    )  # fmt: skip
    privacy.register()
    return PrivacyRooms(privacy, Reads(pool, clock))
