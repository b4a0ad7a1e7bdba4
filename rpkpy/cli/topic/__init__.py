"""`rpkpy topic`."""
