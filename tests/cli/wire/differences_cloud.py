"""Where rpkpy's way with Redpanda Cloud differs from rpk's on purpose."""

from tests.cli.wire.difference import Difference, Instead
from tests.cli.wire.recorded import Exchange

_TOKEN = "Bearer <JWT>"
_ORGANIZATION = Exchange(method="GET", path="/api/v1/organization", authorization=_TOKEN)
_KEYS = Exchange(method="GET", path="/.well-known/jwks.json")
_FORM = "application/x-www-form-urlencoded"
_HINTS = """
To create an rpkpy profile to talk to an existing cloud cluster, use 'rpkpy cloud cluster select'.
To learn more about profiles, check 'rpkpy profile --help'.
You are not currently in a profile; rpkpy talks to a localhost:9092 cluster by default.
"""
_PAGE = 'Please proceed to the following URL to login:\n\n    "http://127.0.0.1/v?user_code=ABCD"\n\n'
_LOGGED_IN = 'Successfully logged into cloud organization "My Org" (org-1) via {}.\n'


def _by_secret(client_id: str, secret: str) -> Exchange:
    form = f"client_id={client_id}&client_secret={secret}&grant_type=client_credentials"
    text = f"audience=cloudv2-production.redpanda.cloud&{form}"
    return Exchange(method="POST", path="/oauth/token", content_type=_FORM, text=text)


def _device() -> Exchange:
    text = (
        '{"client_id":"ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm","device_code":"dev-code",'
        '"grant_type":"urn:ietf:params:oauth:grant-type:device_code"}'
    )
    return Exchange(method="POST", path="/oauth/token", text=text)


_BEGIN = Exchange(method="POST", path="/oauth/device/code", text='{"client_id":"ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm"}')


def _plane(path: str) -> Exchange:
    return Exchange(method="GET", path=path, authorization=_TOKEN)


def _transforms(method: str, suffix: str = "") -> Exchange:
    return Exchange(method=method, path=f"/v1/transforms{suffix}", authorization=_TOKEN)


def _deploy(version: str) -> Exchange:
    return Exchange(
        method="PUT",
        path=f"/{version}/transforms",
        authorization=_TOKEN,
        content_type="multipart/form-data",
        json={"name": "up", "input_topic_name": "in", "output_topic_names": ["out"]},
    )


CLOUD = (
    Difference(
        name="cloud-signatures",
        rpk="Takes a token whose signature is made up; its end, audience and client are looked at when it is stored.",
        rpkpy="Looks at those when it comes and before each use, and verifies the signature of one that comes with the "
        "issuer's published keys (extra `cloud`).",
        why="A token that nobody issued is found where it comes from, not at the first command that it fails.",
        runs={
            "cloud_login_cc_save": Instead(
                exchanges=[_by_secret("cid-123", "sec-456"), _KEYS, _ORGANIZATION],
                stdout=_LOGGED_IN.format("client-credentials") + _HINTS,
            ),
            "cloud_login_device": Instead(
                exchanges=[_BEGIN, _device(), _device(), _KEYS, _ORGANIZATION],
                stdout=_PAGE + _LOGGED_IN.format("sso") + _HINTS,
                said="ABCD",
            ),
            "cloud_login_flag_over_env": Instead(
                exchanges=[_by_secret("flag-id", "flag-sec"), _KEYS, _ORGANIZATION],
                stdout=_LOGGED_IN.format("client-credentials")
                + '\nYou are talking to the cloud cluster "default/mycluster" (rpkpy profile name: "rpk-cloud")\n'
                "To talk to another one, use 'rpkpy cloud cluster select'.\n",
            ),
        },
    ),
    Difference(
        name="cloud-login-failures",
        rpk="A login that fails says so on standard output.",
        rpkpy="On standard error, with exit code 4.",
        why="As every other error does.",
        runs={"cloud_login_cc_denied": Instead(stdout="", said="access_denied: Unauthorized")},
    ),
    Difference(
        name="cloud-stale-secret",
        rpk="Logging in as another client keeps the saved secret of the one before, under the new client id.",
        rpkpy="A secret is kept with its own client id alone.",
        why="The pair could not log in any more.",
        shown_by="tests/cli/cloud/test_login.py::test_a_secret_is_kept_when_asked_for_and_used_again",
    ),
    Difference(
        name="cloud-slow-down",
        rpk="`slow_down` does not lengthen the interval at which it asks whether a login was confirmed.",
        rpkpy="It adds five seconds, for the rest of the login.",
        why="RFC 8628 wants it so, and a server may refuse who does not.",
        shown_by="tests/cli/cloud/test_login.py::test_in_a_browser",
    ),
    Difference(
        name="cloud-renewal",
        rpk="Sends the token that is stored, an ended or missing one too (`Authorization: Bearer` and nothing).",
        rpkpy="Renews it before it ends and once after a 401, where the client secret is known; else it stops with "
        "exit code 4.",
        why="A pipeline that runs for longer than a token goes on; nothing is sent that must be refused.",
        shown_by="tests/cli/cloud/test_renewal.py::test_once_where_it_is_not_taken",
    ),
    Difference(
        name="cloud-control-plane",
        rpk="Asks for clusters over Connect (v1beta2) and an API of the web UI.",
        rpkpy="Asks the Control Plane API over REST: v1, v1beta2 where that is all there is.",
        why="v1beta2 was announced to end in May 2026; one documented API is enough.",
        runs={
            "cloud_select_by_id": Instead(
                exchanges=[_plane("/v1/clusters/cjb61bsg5m0q7c7h1a10"), _plane("/v1/resource-groups/ns-1")],
                stdout='Created and switched to a new profile "rpk-cloud" '
                'to talk to cloud cluster "default/mycluster".\n'
                "\nCluster mycluster\n"
                "  Web UI: https://cloud.redpanda.com/clusters/cjb61bsg5m0q7c7h1a10/overview\n"
                "  Redpanda Seed Brokers: [seed-1.example:9092]\n"
                "\nIf your cluster requires SASL, generate SASL credentials in the UI and then set\n"
                "them in rpkpy with\n"
                "    rpkpy profile set user {sasl_username}\n    rpkpy profile set pass {sasl_password}\n\n",
            ),
            "cloud_select_prompt_notty": Instead(
                exchanges=[
                    _plane("/v1/resource-groups"),
                    _plane("/v1/serverless/clusters"),
                    _plane("/v1/clusters"),
                ],
                stdout="",
                said="default/mycluster: cjb61bsg5m0q7c7h1a10",
            ),
        },
    ),
    Difference(
        name="cloud-kafka-tls",
        rpk="A cloud profile has TLS for Kafka only where the control plane mentions mTLS.",
        rpkpy="It always has.",
        why="No listener of Redpanda Cloud takes plain connections.",
        shown_by="tests/cli/cloud/test_select.py::test_the_profile_follows",
    ),
    Difference(
        name="cloud-other-cluster",
        rpk="Selecting a cluster anew takes user and password out of the profile.",
        rpkpy="They stay for the same cluster, and go for another one.",
        why="One cluster's credentials must not reach another; typing them again for the same one helps nobody.",
        shown_by="tests/cli/cloud/test_select.py::test_the_profile_follows",
    ),
    Difference(
        name="cloud-data-plane",
        rpk="Deploys over v1alpha1, lists (the first page) and deletes over Connect v1alpha2, after asking a guessed "
        "Admin API for licences.",
        rpkpy="One REST API for all three: v1, else v1alpha2, else v1alpha1, whichever the cluster has; every page.",
        why="v1alpha1 and v1alpha2 were announced to end in May 2026.",
        runs={
            "cloud_delete": Instead(exchanges=[_transforms("DELETE", "/up")]),
            "cloud_delete_guessed_admin": Instead(exchanges=[_transforms("DELETE", "/up")]),
            "cloud_list": Instead(exchanges=[_transforms("GET")]),
            "cloud_deploy_err_401": Instead(
                exchanges=[_deploy("v1"), _by_secret("cid-123", "sec-456"), _KEYS, _deploy("v1")], said="unauth"
            ),
            "cloud_deploy_err_404": Instead(
                exchanges=[_deploy(version) for version in ("v1", "v1alpha2", "v1alpha1")],
                said="answered 404",
            ),
        },
    ),
    Difference(
        name="cloud-unsupported",
        rpk="Deploys without the compression and the start offset that were asked for, and says nothing.",
        rpkpy="Stops before anything is sent; `--ignore-unsupported` deploys without them, with a warning.",
        why="The transform would do something else than what was written down.",
        runs={
            "cloud_deploy": Instead(
                exchanges=[], stdout="", said="cannot deploy with compression zstd and from-offset +1"
            )
        },
    ),
    Difference(
        name="cloud-pause",
        rpk="Pauses through an Admin API that it guesses beside the first broker, and waits six seconds for it.",
        rpkpy="Asks the Admin API that `-X admin.hosts` or the profile names, and says at once where none is named.",
        why="The Data Plane API cannot pause; a guess that never answers helps nobody.",
        runs={
            "cloud_pause": Instead(said="https://127.0.0.1:1"),
            "cloud_pause_guessed_admin": Instead(said="-X admin.hosts=HOST:PORT"),
        },
    ),
    Difference(
        name="cloud-statuses",
        rpk="JSON of a cloud cluster's transforms has `RUNNING` where a self-hosted one's has `running`.",
        rpkpy="`running` for both.",
        why="A script need not know which kind of cluster it reads of.",
        shown_by="tests/cli/cloud/test_transform.py::test_list",
    ),
)
