"""How far a transform has committed its input, as the Admin API tells it (src/v/redpanda/admin/transform.cc)."""

import asyncio
from collections.abc import Callable

from rpkpy.config.settings import Settings
from rpkpy.redpanda import refusals
from rpkpy.redpanda.http import Deadline, HttpApi

_PATH = "/v1/transform/debug/committed_offsets"


def committed_offsets(
    settings: Settings, transform: str, say: Callable[[str], None] = lambda text: None
) -> dict[int, int]:
    """The last committed offset of each input partition; none of one where nothing is committed yet.

    With several output topics the cluster answers one row for each, of which the lowest counts: reading starts there
    again. Raises AuthError, RefusedError or UnreachableError.
    """
    action = "read committed offsets"
    api = HttpApi(settings.admin, settings.kafka.sasl, settings.dial_timeout_s, settings.request_timeout_s, say)

    async def ask() -> dict[int, int]:
        async with api.client() as client:
            deadline = Deadline.after(api.request_timeout_s)
            answer = await api.request(client, "GET", _PATH, action=action, deadline=deadline)
        found: dict[int, int] = {}
        try:
            for row in answer.json(action):
                if row["transform_name"] == transform:
                    partition, offset = int(row["partition"]), int(row["offset"])
                    found[partition] = min(offset, found.get(partition, offset))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise refusals.not_an_admin_api(action, answer.method, answer.url, answer.body) from None
        return found

    return asyncio.run(ask())
