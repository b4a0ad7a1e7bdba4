"""A command line whose settings name the session's broker."""

from tests.cli.topic.conftest import on_kafka

__all__ = ["on_kafka"]
