"""`rpkpy profile`."""
