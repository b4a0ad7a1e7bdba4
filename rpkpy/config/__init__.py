"""rpk.yaml, profiles, -X overrides, environment variables: what leads to the cluster."""
