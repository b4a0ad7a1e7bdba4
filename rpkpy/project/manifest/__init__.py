"""transform.yaml: what a project says about its transform, in rpk's keys."""

from rpkpy.project.manifest.editing import edit
from rpkpy.project.manifest.model import (
    CLUSTER_LIMITS,
    COMPRESSIONS,
    FILE_NAME,
    KEYS,
    OVERLAY_KEYS,
    REQUIRED,
    Manifest,
    Overlay,
)
from rpkpy.project.manifest.reading import MAX_FILE_BYTES, load, parse, read_properties

__all__ = [
    "CLUSTER_LIMITS",
    "COMPRESSIONS",
    "FILE_NAME",
    "KEYS",
    "MAX_FILE_BYTES",
    "OVERLAY_KEYS",
    "REQUIRED",
    "Manifest",
    "Overlay",
    "edit",
    "load",
    "parse",
    "read_properties",
]
