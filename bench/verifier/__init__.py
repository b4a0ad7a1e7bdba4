"""A verifier of the transform host: numbered records through it while its processes and its Kafka come and go."""
