"""The transform host: transforms on any Kafka."""
