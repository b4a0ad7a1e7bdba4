"""Kafka: clients, topics, record formats, the local broker."""
