"""rpk.yaml and what leads to the cluster."""

from functools import partial

from rpkpy.config import rpk_yaml
from rpkpy.doctor.model import Finding, Fix, inapplicable, ok, warning
from rpkpy.doctor.surroundings import Surroundings

_OWNER_ONLY_FILE, _OWNER_ONLY_FOLDER = 0o600, 0o700


def file(around: Surroundings) -> Finding:
    """rpk.yaml can be read."""
    document = rpk_yaml.read(around.rpk_yaml)
    if document is None:
        return inapplicable(f"there is no {around.shown(around.rpk_yaml)}; without one, 127.0.0.1 is used")
    count = len(rpk_yaml.profiles(document))
    return ok(f"{around.shown(around.rpk_yaml)}, {count} profile{'' if count == 1 else 's'}")


def permissions(around: Surroundings) -> Finding:
    """Secrets in rpk.yaml are their owner's alone."""
    document = rpk_yaml.read(around.rpk_yaml)
    if document is None:
        return inapplicable("there is no rpk.yaml")
    path = around.rpk_yaml.resolve()
    if rpk_yaml.exposure(document) is None:
        return ok(f"mode {path.stat().st_mode & 0o777:04o}")
    wide_file = path.stat().st_mode & 0o077
    place, mode = (path, _OWNER_ONLY_FILE) if wide_file else (path.parent, _OWNER_ONLY_FOLDER)
    fix = Fix(f"chmod {mode:o} {around.shown(place)}", partial(place.chmod, mode))
    what = "read" if wide_file else "replace"
    had = place.stat().st_mode & 0o7777
    return warning(f"it holds secrets and others may {what} it (mode {had:04o})", fix.what, [fix])


def selected(around: Surroundings) -> Finding:
    """The profile, -X and variables together lead to a cluster."""
    settings = around.settings
    where = f"{', '.join(settings.kafka.brokers) or 'no brokers'}, "
    where += f"Admin API {', '.join(settings.admin.addresses) or 'none'}"
    secured = [word for word, part in (("TLS", settings.kafka.tls), ("SASL", settings.kafka.sasl)) if part]
    using = f"profile {settings.profile}" if settings.profile else "no profile"
    return ok(f"{using}: {where}" + (f" ({', '.join(secured)})" if secured else ""))
