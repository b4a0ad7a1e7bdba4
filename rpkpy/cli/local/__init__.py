"""`rpkpy local`."""
