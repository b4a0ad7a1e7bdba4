"""Who may use a host's Admin API and page, from where, and for how long a connection."""
