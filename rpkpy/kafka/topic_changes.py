"""Changes to topics that exist: settings altered one by one, partitions added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rpkpy.errors import UsageError
from rpkpy.kafka.client import Admin
from rpkpy.kafka.topics import Outcome, is_internal, list_topics, outcomes_of

_CLOSED = ("_schemas", "coprocessor_internal_topic")
"""Topics that are the brokers' own (Redpanda) without two underscores before their names."""


@dataclass(frozen=True, slots=True)
class ConfigChanges:
    """What to do with settings: give a value, go back to the default, change a list's items."""

    set: Mapping[str, str] = field(default_factory=dict)
    delete: Sequence[str] = ()
    append: Mapping[str, str] = field(default_factory=dict)
    subtract: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [*self.set, *self.delete, *self.append, *self.subtract]
        if not keys:
            raise UsageError("No change is asked for.", fix="Pass --set, --delete, --append or --subtract.")
        for key in keys:
            if keys.count(key) > 1:
                raise UsageError(f'"{key}" is changed twice.', cause="A cluster takes one change of a setting at once.")


def alter_configs(
    admin: Admin, names: Sequence[str], changes: ConfigChanges, *, validate_only: bool = False
) -> list[Outcome]:
    """Alter the settings of each topic (IncrementalAlterConfigs), or ask whether the cluster would."""
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

    operations: list[tuple[str, str | None, AlterConfigOpType]] = [
        *((key, value, AlterConfigOpType.SET) for key, value in changes.set.items()),
        *((key, None, AlterConfigOpType.DELETE) for key in changes.delete),
        *((key, value, AlterConfigOpType.APPEND) for key, value in changes.append.items()),
        *((key, value, AlterConfigOpType.SUBTRACT) for key, value in changes.subtract.items()),
    ]
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=kind) for key, value, kind in operations
            ],
        )
        for name in dict.fromkeys(names)
    ]
    futures = admin.raw.incremental_alter_configs(resources, validate_only=validate_only)
    return outcomes_of(admin, {resource.name: future for resource, future in futures.items()})


def add_partitions(admin: Admin, names: Sequence[str], count: int, *, force: bool = False) -> list[Outcome]:
    """Add `count` partitions to each topic. Raises UsageError for the brokers' own topics unless `force`."""
    from confluent_kafka.admin import NewPartitions

    if count < 1:
        raise UsageError("The number of partitions to add is missing.", fix="Pass --num N, with N of 1 or more.")
    for name in names:
        if not force and (is_internal(name) or name in _CLOSED):
            raise UsageError(f"{name} is the brokers' own topic.", fix="Pass --force to change it all the same.")
    known = {topic.name: topic.partitions for topic in list_topics(admin)}
    # an unknown topic is left to the cluster to refuse, in its own row
    asked = [NewPartitions(name, known.get(name, 0) + count) for name in dict.fromkeys(names)]
    return outcomes_of(admin, admin.raw.create_partitions(asked))
