"""schemathesis against a host's Admin API, for as long as one likes: `python -m bench.admin_api [EXAMPLES] [SEED]`.

A Kafka and a host are started for it. Exit code 1 when an answer was not as described.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.host import guests
from tests.host.description.exploring import explore
from tests.host.harness import running_host
from tests.kafka.fixture import running_kafka


def main(examples: int, seed: int) -> int:
    """`examples` for each endpoint and phase."""
    with tempfile.TemporaryDirectory() as name, running_kafka(Path(name) / "kafka") as kafka:
        topics = kafka.topic(), kafka.topic()
        with running_host(kafka.settings) as api:
            assert api.deploy("n", topics[0], topics[1:], guests.wasm()).status_code == 200
            found = explore(api.url, topics, Path(name), examples=examples, seed=seed)
            healthy = api.http.get("/health/ready").status_code == 200
    if not found.ok:
        print(found.report)
    statuses: Counter[int] = Counter()
    for (_, status), count in found.answers.items():
        statuses[status] += count
    shown = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items()))
    print(f"{'ok' if found.ok and healthy else 'FAIL'}: {statuses.total():,} calls: {shown}")
    return not (found.ok and healthy)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [200, 1][len(given) :])))
