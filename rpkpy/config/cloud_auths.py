"""The logins to Redpanda Cloud that rpk.yaml keeps (its cloud_auth): list, select, save, forget, delete.

A login is known by its organisation and its kind, `sso` or `client-credentials`.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rpkpy.config import rpk_yaml
from rpkpy.config.settings import CloudAuth
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError

SSO, CLIENT_CREDENTIALS = "sso", "client-credentials"


@dataclass(frozen=True, slots=True)
class Entry:
    """A login in a list."""

    name: str
    kind: str
    organization: str
    org_id: str
    current: bool
    logged_in: bool


def read(section: Section) -> CloudAuth:
    """The login in an entry of cloud_auth."""
    return CloudAuth(
        org_id=section.text("org_id"),
        kind=section.text("kind"),
        name=section.text("name"),
        client_id=section.text("client_id"),
        client_secret=section.text("client_secret"),
        auth_token=section.text("auth_token"),
        organization=section.text("organization"),
        refresh_token=section.text("refresh_token"),
    )


def overridden(kept: CloudAuth, client_id: str | None, client_secret: str | None) -> CloudAuth:
    """`kept` with the client that was given for this run; a secret stays with the client that it belongs to."""
    if client_id is not None and client_id != kept.client_id and client_secret is None:
        client_secret = ""
    return replace(
        kept,
        client_id=kept.client_id if client_id is None else client_id,
        client_secret=kept.client_secret if client_secret is None else client_secret,
    )


def entries(file: Path) -> list[Entry]:
    """The logins of the file, by organisation, its id and name; empty where there is no file."""
    document = rpk_yaml.read(file)
    if document is None:
        return []
    found = [
        Entry(
            auth.name,
            auth.kind,
            auth.organization,
            auth.org_id,
            _is(auth, *_current(document)),
            bool(auth.auth_token),
        )
        for auth in map(read, document.sections("cloud_auth"))
    ]
    return sorted(found, key=lambda entry: (entry.organization, entry.org_id, entry.name))


def current(file: Path) -> CloudAuth | None:
    """The selected login; None where none is."""
    document = rpk_yaml.read(file)
    if document is None:
        return None
    found = [read(section) for section in document.sections("cloud_auth")]  # names what cannot be read, selected or not
    return next((auth for auth in found if _is(auth, *_current(document))), None)


def find(document: Section | None, org_id: str, kind: str) -> CloudAuth | None:
    """The login of this organisation and kind."""
    if document is None or not (org_id or kind):
        return None
    return next((auth for auth in map(read, document.sections("cloud_auth")) if _is(auth, org_id, kind)), None)


def keep(file: Path, auth: CloudAuth, *, save: bool) -> CloudAuth:
    """Keep a new login under its organisation and kind, make it the current one, and return it as it is kept.

    The client's secret is kept with `save`, or where the file has it already.
    """
    before = find(rpk_yaml.read(file), auth.org_id, auth.kind)
    known = before is not None and (before.client_id, before.client_secret) == (auth.client_id, auth.client_secret)
    kept = replace(
        auth,
        name=(before.name if before is not None else "")
        or " ".join(filter(None, (f"{auth.org_id}-{auth.kind}", auth.organization))),
        client_secret=auth.client_secret if save or known else "",
    )
    _save(file, kept)
    return kept


def _save(file: Path, auth: CloudAuth) -> None:
    with rpk_yaml.edit(file) as document:
        document.data.setdefault("version", rpk_yaml.VERSION)
        document.data.setdefault("current_profile", "")
        document.data["current_cloud_auth_org_id"] = auth.org_id
        document.data["current_cloud_auth_kind"] = auth.kind
        listed = _listed(document)
        data = next((item for item in listed if _is(read(Section(file, item)), auth.org_id, auth.kind)), None)
        if data is None:
            data = {}
            listed.append(data)
        data["name"] = auth.name
        data["organization"] = auth.organization
        data["org_id"] = auth.org_id
        data["kind"] = auth.kind
        for key in ("auth_token", "refresh_token", "client_id", "client_secret"):
            _put(data, key, getattr(auth, key))


def store_token(file: Path, auth: CloudAuth) -> None:
    """Put new tokens into the entry that `auth` came from; where it is gone or is another client's, nothing is kept."""
    document = rpk_yaml.read(file)
    kept = find(document, auth.org_id, auth.kind)
    if kept is None or kept.client_id != auth.client_id:
        return
    with rpk_yaml.edit(file) as changed:
        for data in _listed(changed):
            if _is(read(Section(file, data)), auth.org_id, auth.kind):
                _put(data, "auth_token", auth.auth_token)
                _put(data, "refresh_token", auth.refresh_token)


def forget(file: Path, *, every: bool, credentials: bool) -> bool:
    """Take out the tokens of the current login, or of `every` one, with `credentials` the client id and secret too.

    Whether there was anything to take out.
    """
    keys = ["auth_token", "refresh_token", *(["client_id", "client_secret"] if credentials else [])]
    document = rpk_yaml.read(file)
    if document is None:
        return False
    chosen = _current(document)

    def meant(data: Any) -> bool:
        auth = read(Section(file, data))
        return every or _is(auth, *chosen)

    if not any(data.get(key) for data in _listed(document) if meant(data) for key in keys):
        return False
    with rpk_yaml.edit(file) as changed:
        for data in _listed(changed):
            if meant(data):
                for key in keys:
                    data.pop(key, None)
    return True


def use(file: Path, name: str) -> str | None:
    """Make the login `name` the current one.

    A current profile that belongs to another login is selected no longer; its name is returned. ConfigError where
    there is no such login.
    """
    require(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        auth = require(document, name)
        document.data["current_cloud_auth_org_id"] = auth.org_id
        document.data["current_cloud_auth_kind"] = auth.kind
        selected = document.text("current_profile")
        profile = rpk_yaml.profiles(document).get(selected)
        if profile is None or not profile.boolean("from_cloud") or _belongs(profile, auth):
            return None
        document.data["current_profile"] = ""
        return selected


def profiles_of(file: Path, name: str) -> list[str]:
    """The profiles that use the login `name`, sorted; ConfigError where there is no such login."""
    document = rpk_yaml.read(file)
    auth = require(document, name)
    found = rpk_yaml.profiles(document) if document is not None else {}
    return sorted(label for label, profile in found.items() if _belongs(profile, auth))


def delete(file: Path, name: str) -> bool:
    """Take out the login `name`, and its mention from the profiles that use it; whether it was the current one."""
    require(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        auth = require(document, name)
        for profile in rpk_yaml.profiles(document).values():
            if _belongs(profile, auth):
                cluster = profile.data["cloud_cluster"]
                cluster["auth_org_id"] = cluster["auth_kind"] = ""
        document.data["cloud_auth"] = [data for data in _listed(document) if data.get("name") != name]
        was_current = _is(auth, *_current(document))
        if was_current:
            document.data["current_cloud_auth_org_id"] = document.data["current_cloud_auth_kind"] = ""
    return was_current


def require(document: Section | None, name: str) -> CloudAuth:
    """The login `name`; ConfigError where there is none."""
    found = [read(section) for section in document.sections("cloud_auth")] if document is not None else []
    for auth in found:
        if auth.name == name:
            return auth
    known = ", ".join(repr(auth.name) for auth in found)
    raise ConfigError(
        f'cloud auth "{name}" does not exist.', fix=f"Use one of {known}." if known else "rpkpy cloud login makes one."
    )


def _current(document: Section) -> tuple[str, str]:
    return document.text("current_cloud_auth_org_id"), document.text("current_cloud_auth_kind")


def _is(auth: CloudAuth, org_id: str, kind: str) -> bool:
    return bool(org_id or kind) and (auth.org_id, auth.kind) == (org_id, kind)


def _belongs(profile: Section, auth: CloudAuth) -> bool:
    cluster = profile.section("cloud_cluster")
    return cluster is not None and _is(auth, cluster.text("auth_org_id"), cluster.text("auth_kind"))


def _listed(document: Section) -> list[Any]:
    """The entries as they stand in the document, to be changed in place."""
    document.sections("cloud_auth")  # names what is no list of mappings
    listed = document.data.get("cloud_auth")
    if not isinstance(listed, list):
        listed = document.data["cloud_auth"] = [listed] if listed else []
    return listed


def _put(data: Any, key: str, value: str) -> None:
    if value:
        data[key] = value
    else:
        data.pop(key, None)
