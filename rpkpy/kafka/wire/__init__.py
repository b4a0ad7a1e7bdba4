"""Kafka's own protocol for whole record batches: from the socket into memory, and from memory to the socket.

Only what a record path needs: Fetch and Produce, idempotent and transactional, and the calls that lead to them. All
else goes through confluent-kafka. The decision and its figures: docs/decisions/0015.
"""
