"""`rpkpy cloud cluster`: clusters of Redpanda Cloud."""
