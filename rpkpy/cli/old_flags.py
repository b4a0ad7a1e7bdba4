"""rpk's flags from before -X: hidden, each another way to write a -X key, which counts more."""

# flag, -X key, whether it is a switch without a value
OLD_FLAGS = (
    ("--brokers", "brokers", False),
    ("--user", "user", False),
    ("--password", "pass", False),
    ("--sasl-mechanism", "sasl.mechanism", False),
    ("--tls-enabled", "tls.enabled", True),
    ("--tls-truststore", "tls.ca", False),
    ("--tls-cert", "tls.cert", False),
    ("--tls-key", "tls.key", False),
    ("--api-urls", "admin.hosts", False),
    ("--hosts", "admin.hosts", False),
    ("--admin-url", "admin.hosts", False),
    ("--admin-api-tls-enabled", "admin.tls.enabled", True),
    ("--admin-api-tls-truststore", "admin.tls.ca", False),
    ("--admin-api-tls-cert", "admin.tls.cert", False),
    ("--admin-api-tls-key", "admin.tls.key", False),
)
