"""`rpkpy registry compatibility-level`."""
