"""`rpkpy registry subject`."""
