"""librdkafka's own error codes (rdkafka.h, RD_KAFKA_RESP_ERR__*): negative, where the protocol's are positive."""

ALL_BROKERS_DOWN = -187
AUTHENTICATION = -169
AUTO_OFFSET_RESET = -140
FATAL = -150
NO_LEADERS = -156
MSG_TIMED_OUT = -192
PARTITION_EOF = -191
RESOLVE = -193
SSL = -181
TIMED_OUT = -185
TIMED_OUT_QUEUE = -166
TRANSPORT = -195
UNKNOWN_PARTITION = -190
UNKNOWN_TOPIC = -188
WAIT_COORD = -180

# Of the protocol (org.apache.kafka.common.protocol.Errors): loading, not available, not the coordinator.
COORDINATOR_NOT_READY = (14, 15, 16)

# Illegal generation, rebalance in progress: a commit that was overtaken by the group's rebalance.
OVERTAKEN = (22, 27)

LEADER_NOT_READY = (5, 6, 74, 75, 78, NO_LEADERS, TIMED_OUT, TIMED_OUT_QUEUE)
"""Of an offset that was asked for: none leads yet, another one does, or knows it only soon; or it did not answer.

Leader not available, not the leader, fenced and unknown leader epoch, offset not available (KIP-207).
"""
