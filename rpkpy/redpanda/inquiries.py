"""What the Admin API tells beside transforms and properties: how far they have committed, and the brokers' releases.

Source of paths and fields: Redpanda's src/v/redpanda/admin/transform.cc and api-doc/broker.json.
"""

from rpkpy.redpanda import event_loop
from rpkpy.redpanda.admin import AdminCluster


class Inquiries(AdminCluster):
    """Questions that change nothing. Raises as Cluster says; rpkpy's own host does not know every one."""

    def committed_offsets(self, transform: str) -> dict[int, int]:
        """The last committed offset of each input partition; none of one where nothing is committed yet.

        With several output topics the cluster answers one row for each, of which the lowest counts: reading starts
        there again.
        """
        action = "read committed offsets"
        answer = event_loop.run(self._to_any("GET", "/v1/transform/debug/committed_offsets", action))
        found: dict[int, int] = {}
        try:
            for row in answer.json(action):
                if row["transform_name"] == transform:
                    partition, offset = int(row["partition"]), int(row["offset"])
                    found[partition] = min(offset, found.get(partition, offset))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise answer.unexpected(action) from None
        return found

    def releases(self) -> list[str]:
        """The release of each broker that says it, as `v24.2.7 - 8f3c...`."""
        action = "read the brokers' releases"
        answer = event_loop.run(self._to_any("GET", "/v1/brokers", action))
        try:
            return [str(broker["version"]) for broker in answer.json(action) if broker.get("version")]
        except (KeyError, TypeError, AttributeError):
            raise answer.unexpected(action) from None
