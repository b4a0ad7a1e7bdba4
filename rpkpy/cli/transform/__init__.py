"""`rpkpy transform`."""
