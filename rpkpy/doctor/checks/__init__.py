"""The checks, an area each; table.py lists them."""
