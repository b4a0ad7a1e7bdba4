"""The table: what to look up, and the JSON to add."""

TABLE = {
    "DE": b'{"name":"Germany","currency":"EUR"}',
    "ES": b'{"name":"Spain","currency":"EUR"}',
    "FR": b'{"name":"France","currency":"EUR"}',
    "IT": b'{"name":"Italy","currency":"EUR"}',
    "JP": b'{"name":"Japan","currency":"JPY"}',
    "US": b'{"name":"United States","currency":"USD"}',
}
