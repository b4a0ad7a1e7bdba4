"""transform.yaml: what a project says about its transform, in rpk's keys."""

from rpkpy.project.manifest.editing import edit
from rpkpy.project.manifest.model import CLUSTER_LIMITS, COMPRESSIONS, FILE_NAME, KEYS, REQUIRED, Manifest
from rpkpy.project.manifest.reading import MAX_FILE_BYTES, load, parse, read_properties

__all__ = [
    "CLUSTER_LIMITS",
    "COMPRESSIONS",
    "FILE_NAME",
    "KEYS",
    "MAX_FILE_BYTES",
    "REQUIRED",
    "Manifest",
    "edit",
    "load",
    "parse",
    "read_properties",
]
