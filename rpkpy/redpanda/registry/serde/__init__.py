"""Keys and values by the schemas of a registry: JSON in, Confluent's wire format out, and back.

    Serdes(registry).decode(data) -> JSON          Serdes(registry).latest(subject).encode(JSON) -> data

Schemas and records come from others: what either may cost (nesting, values, characters) is bounded.
"""
