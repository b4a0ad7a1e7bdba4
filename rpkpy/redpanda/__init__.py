"""Clients of Redpanda's HTTP APIs."""
