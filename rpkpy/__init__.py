"""rpkpy: the developer's toolchain for WebAssembly data transforms on Redpanda and Kafka."""
