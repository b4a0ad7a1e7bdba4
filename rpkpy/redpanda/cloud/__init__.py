"""Redpanda Cloud: logging in, the control plane (which clusters there are), the data plane (a cluster's transforms)."""
