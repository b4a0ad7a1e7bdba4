"""`rpkpy cloud`: log in to Redpanda Cloud, select clusters."""
