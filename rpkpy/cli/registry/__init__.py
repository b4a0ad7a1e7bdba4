"""`rpkpy registry`."""
