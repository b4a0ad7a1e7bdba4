"""`rpkpy cluster`."""
