"""What the cloud tests work with: a command line whose cloud is a fake one, and its rpk.yaml."""

import re
import stat
from pathlib import Path
from typing import Any

from rpkpy.config import rpk_yaml
from tests.cli.harness import Cli, Outcome
from tests.fakes.cloud import SSO_CLIENT_ID, FakeCloud, dedicated
from tests.redpanda.loopback import Loopback

CLIENT = {"RPK_CLOUD_CLIENT_ID": "cid-123", "RPK_CLOUD_CLIENT_SECRET": "sec-456"}
PROFILE = """\
    - name: rpk-cloud
      description: ""
      from_cloud: true
      cloud_cluster:
        resource_group: default
        cluster_id: cjb61bsg5m0q7c7h1a10
        cluster_name: mycluster
        auth_org_id: org-1
        auth_kind: {kind}
        cluster_type: {type}
        cluster_url: {url}
      kafka_api:
        brokers: [127.0.0.1:1]
      admin_api: {{}}
"""


class Account:
    """`cli` is the shell, `fake` the cloud, `server` what it was asked."""

    def __init__(self, cli: Cli, fake: FakeCloud, server: Loopback) -> None:
        self.cli, self.fake, self.server = cli, fake, server
        self.url = f"http://{server.address}"
        names = ("RPK_CLOUD_URL", "RPK_CLOUD_AUTH_URL", "RPK_PUBLIC_API_URL")
        cli.env |= dict.fromkeys(names, self.url)
        fake.clusters = [dedicated(url=self.url)]

    def __call__(self, *args: str, **kwargs: Any) -> Outcome:
        outcome = self.cli(*args, **kwargs)
        assert "Traceback" not in outcome.err
        self.hides_secrets(outcome)
        return outcome

    def hides_secrets(self, outcome: Outcome) -> None:
        """No secret and no token stands in what was printed."""
        printed = outcome.stdout + outcome.err
        assert not re.search(r"eyJ[\w-]+\.|sec-456|refresh-1", printed), printed

    @property
    def file(self) -> Path:
        """rpk.yaml."""
        return self.cli.home / ".config" / "rpk" / "rpk.yaml"

    @property
    def kept(self) -> dict[str, Any]:
        """The content of rpk.yaml, whose mode is checked."""
        document = rpk_yaml.read(self.file)
        assert document is not None
        assert stat.S_IMODE(self.file.stat().st_mode) == 0o600
        return dict(document.data)

    @property
    def asked(self) -> list[str]:
        """What the cloud was asked, as METHOD PATH."""
        return [f"{asked.method} {asked.path}" for asked in self.server.asked]

    def write(self, text: str) -> None:
        """Make `text` rpk.yaml's content."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file.write_text(text)
        self.file.chmod(0o600)

    def logged_in(
        self,
        token: str | None = None,
        *,
        kind: str = "client-credentials",
        secret: str = "",
        refresh: str = "",
        profile: bool = True,
        type: str = "TYPE_DEDICATED",
        url: str | None = None,
    ) -> str:
        """Write an rpk.yaml with a login and its token, by default with a cloud profile; returns the token."""
        client_id = SSO_CLIENT_ID if kind == "sso" else "cid-123"
        token = self.fake.issue(client_id) if token is None else token
        login = {"auth_token": token, "client_id": client_id, "client_secret": secret, "refresh_token": refresh}
        entry = "".join(f"      {key}: {value}\n" for key, value in login.items() if value)
        shown = PROFILE.format(kind=kind, type=type, url=self.url if url is None else url) if profile else "    []\n"
        self.write(
            f"version: 6\ncurrent_profile: {'rpk-cloud' if profile else ''}\ncurrent_cloud_auth_org_id: org-1\n"
            f"current_cloud_auth_kind: {kind}\nprofiles:\n{shown}cloud_auth:\n    - name: org-1-{kind} My Org\n"
            f"      organization: My Org\n      org_id: org-1\n      kind: {kind}\n{entry}"
        )
        return token
