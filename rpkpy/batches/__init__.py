"""Kafka record batches, version 2: the layout, the encoder, the decoder, compression."""
