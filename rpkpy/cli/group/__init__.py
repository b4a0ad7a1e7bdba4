"""`rpkpy group`."""
