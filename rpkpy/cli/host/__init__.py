"""`rpkpy host`."""
