"""The obvious program: a confluent-kafka consumer, the module on each record by itself, a confluent-kafka producer.

python bench/host/record_loop.py BROKER MODULE ENVIRONMENT INPUT OUTPUT COUNT      (ENVIRONMENT: a JSON object)

Reads partition 0 from its first record on and writes to partition 0, acks=all, nothing committed; ends after COUNT.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from confluent_kafka import TopicPartition

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.engine import Engine, Instance
from rpkpy.kafka import client


def main(broker: str, module: str, environment: str, source: str, target: str, count: int) -> None:
    """Say that it is ready, wait for a line, and go."""
    kafka = KafkaSettings((broker,))
    compiled = Engine().compile(Path(module).read_bytes())
    consumer = client.consumer(kafka, group_id="loop", enable_auto_commit=False, fetch_queue_backoff_ms=5)
    producer = client.producer(kafka, acks="all", enable_idempotence=True, linger_ms=5)
    with Instance(
        compiled, name="loop", input_topic=source, output_topics=[target], env=json.loads(environment)
    ) as guest:
        guest.start()
        print("ready", flush=True)
        sys.stdin.readline()
        consumer.assign([TopicPartition(source, 0, 0)])
        for _ in range(count):
            message = None
            while message is None or message.error() is not None:
                message = consumer.poll(1.0)
            record = Record(message.key(), message.value(), timestamp_ms=message.timestamp()[1])
            for made in guest.process(codec.encode_batch([record])).records[0]:
                while True:
                    try:
                        producer.produce(target, value=made.value, key=made.key, partition=0)
                        break
                    except BufferError:
                        producer.poll(0.05)
            producer.poll(0)
        producer.flush()
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:6], int(sys.argv[6]))
