"""A transform project: transform.yaml, its files, its scaffolding."""
