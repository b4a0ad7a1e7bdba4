"""A transform host in a process of its own: says where its Admin API is, and ends when its input does.

python bench/host/transform_host.py BROKER PATH       (PATH: wire or client)
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpkpy.config.settings import KafkaSettings
from tests.host.harness import running_host

if __name__ == "__main__":
    broker, path = sys.argv[1:]
    with running_host(KafkaSettings((broker,)), record_path=path) as api:
        print(api.url, flush=True)
        sys.stdin.read()
