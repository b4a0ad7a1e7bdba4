"""`rpkpy registry schema`."""
