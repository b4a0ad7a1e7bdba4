"""What the Admin API refuses with: a status code and the broker's own text.

The texts are the broker's (src/v/redpanda/admin/transform.cc, server.cc; src/v/cluster/errc.h), since scripts match
on them and rpk prints them. Those it spells oddly are spelt so here.
"""

DOES_NOT_EXIST = "Transform does not exist"
INVALID_CREATE = "Invalid create transform configuration"
INVALID_ENVIRONMENT = "Invalid transform environment"
INVALID_NAME = "invalid transform name"
INVALID_UPDATE = "Invalid update to transform, topic configuration cannot change"
TOPIC_NOT_EXISTS = "Topic does not exists"
BODY_NOT_OBJECT = "Request body is not a JSON object"
TOO_LARGE = "Unexpected cluster error: Invalid request"


class Rejected(Exception):
    """A request that is answered with `status` and `{"message": ..., "code": status}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad_request(message: str) -> Rejected:
    """400 with `message`."""
    return Rejected(400, message)


def limit_reached(limit: int) -> Rejected:
    """400 for one transform more than the memory reservation holds."""
    return bad_request(
        f"The limit of transforms has been reached ({limit}), more memory must be configured via "
        "data_transforms_per_core_memory_reservation"
    )


def unavailable(why: str) -> Rejected:
    """503: Kafka did not answer, or did not take a write."""
    return Rejected(503, f"Service unavailable ({why})")


def timeout(why: str) -> Rejected:
    """504: Kafka took too long, and whether a write landed is not known."""
    return Rejected(504, f"Timeout: {why}")
