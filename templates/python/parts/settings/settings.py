"""Reads the transform's environment variables. One that is missing ends the transform with a word in its log."""

import os
import sys


def setting(variable):
    """The variable's text, spaces around it dropped."""
    text = (os.getenv(variable) or "").strip(" \t")
    if not text:
        sys.exit(variable + " is not set")
    return text


def items(variable):
    """The items of "a, b", of which there is at least one."""
    found = [item for item in (part.strip(" \t") for part in (os.getenv(variable) or "").split(",")) if item]
    if not found:
        sys.exit(variable + " is not set")
    return found


def pairs(variable):
    """The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself."""
    found = []
    for item in items(variable):
        name, sign, value = item.partition("=")
        found.append((name.strip(" \t"), value.strip(" \t")) if sign else (item, item))
    return found
