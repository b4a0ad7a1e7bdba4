"""`rpkpy registry mode`."""
