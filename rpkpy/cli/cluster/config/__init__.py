"""`rpkpy cluster config`."""
