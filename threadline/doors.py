"""The listeners the settings ask for, and the certificate they show."""

import logging
import socket

from telephony.sip.doors import Doors
from telephony.sip.self_signed import fingerprint, self_signed
from telephony.sip.tls import CertificateFiles, Certificates, CertificateUnusable
from threadline.addresses import advertised_host, advertised_host6, is_any
from threadline.config import HostPort, Settings
from threadline.kernel.clock import Clock
from threadline.kernel.errors import Invalid

log = logging.getLogger(__name__)


def doors_of(settings: Settings, clock: Clock) -> Doors:
    """Raises Invalid when the certificate can't be used, with what is wrong."""
    try:
        certificates = _certificates(settings, clock)
    except (CertificateUnusable, OSError, ValueError) as exc:
        raise Invalid(f"--tls-cert: {exc}") from exc
    return Doors(_pair(settings.sip_tls), _pair(settings.sip_ws), certificates, settings.tls_ca)


def _certificates(settings: Settings, clock: Clock) -> Certificates | None:
    if settings.sip_tls is None and settings.sip_ws is None:
        return None
    if settings.tls_cert is not None:
        return Certificates(CertificateFiles(settings.tls_cert, settings.tls_key))
    if settings.sip_tls is None:
        return None
    files = self_signed(settings.data_dir / "tls", _names(settings), clock.now())
    log.warning(
        "no certificate given: phones must be told to trust the self-signed one",
        extra={"file": str(files.certificate), "sha256": fingerprint(files.certificate)},
    )
    return Certificates(files)


def _names(settings: Settings) -> list[str]:
    """What phones may call us: every name and address that leads here."""
    hosts = [advertised_host(settings), advertised_host6(settings), socket.gethostname(), "localhost"]
    hosts += ["127.0.0.1", settings.sip_tls.host if settings.sip_tls is not None else None]
    return [one for one in hosts if one and not is_any(one)]


def _pair(address: HostPort | None) -> tuple[str, int] | None:
    return (address.host, address.port) if address is not None else None
