"""A schema registry's HTTP API, for people."""
