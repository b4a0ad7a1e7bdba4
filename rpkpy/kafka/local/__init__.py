"""A real Apache Kafka on this machine, by Python packages alone, and the transform host beside it."""
