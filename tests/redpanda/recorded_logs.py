"""Nine records of a log topic and what rpk printed of them (recorded runs)."""

# ruff: noqa: E501

from rpkpy.redpanda.transform_logs import LogEvent

EVENTS = [
    LogEvent("up", "hello\n", 1700000000000123000, 9),
    LogEvent("up", "warn line\n", 1700000002000123000, 13),
    LogEvent("up", "part one, ", 1700000003000123000, 9),
    LogEvent("up", "part two\nnext ", 1700000004000123000, 9),
    LogEvent("up", "end\r\n", 1700000005000123000, 9),
    LogEvent("up", "two\nlines\n", 1700000006000123000, 9),
    LogEvent("up", 'quote " <&> é\ttab\n', 1700000007000123000, 9),
    LogEvent("up", "unterminated", 1700000008000123000, 9),
    LogEvent("up", "last\n", 1700000009000123000, 9),
]
"""The records, a second apart; their Kafka timestamps are the same moments in milliseconds."""

TEXT = """\
hello
warn line
part one, part two
next end
two
lines
quote " <&> é\ttab
unterminatedlast
"""

WIDE = """\
Nov 14 22:13:20 INFO hello
Nov 14 22:13:22 WARN warn line
Nov 14 22:13:24 INFO part one, part two
Nov 14 22:13:25 INFO next end
Nov 14 22:13:26 INFO two
Nov 14 22:13:26 INFO lines
Nov 14 22:13:27 INFO quote " <&> é\ttab
Nov 14 22:13:29 INFO unterminatedlast
"""

# as rpk writes it: <, > and & escaped
JSON = """\
{"body":{"stringValue":"hello\\n"},"timeUnixNano":1700000000000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"warn line\\n"},"timeUnixNano":1700000002000123000,"severityNumber":13,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"part one, "},"timeUnixNano":1700000003000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"part two\\nnext "},"timeUnixNano":1700000004000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"end\\r\\n"},"timeUnixNano":1700000005000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"two\\nlines\\n"},"timeUnixNano":1700000006000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"quote \\" \\u003c\\u0026\\u003e é\\ttab\\n"},"timeUnixNano":1700000007000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"unterminated"},"timeUnixNano":1700000008000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
{"body":{"stringValue":"last\\n"},"timeUnixNano":1700000009000123000,"severityNumber":9,"Attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":0}}]}
"""

YAML_TEXT = """\
body:
    stringvalue: |
        hello
timeunixnano: 1700000000000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: |
        warn line
timeunixnano: 1700000002000123000
severitynumber: 13
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: 'part one, '
timeunixnano: 1700000003000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: "part two\\nnext "
timeunixnano: 1700000004000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: "end\\r\\n"
timeunixnano: 1700000005000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: |
        two
        lines
timeunixnano: 1700000006000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: |
        quote " <&> é\ttab
timeunixnano: 1700000007000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: unterminated
timeunixnano: 1700000008000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

body:
    stringvalue: |
        last
timeunixnano: 1700000009000123000
severitynumber: 9
attributes:
    - key: transform_name
      value:
        intvalue: 0
        stringvalue: up
    - key: node
      value:
        intvalue: 0
        stringvalue: ""

"""
