"""New projects from templates: which there are, and laying one out in a folder without harming what is there.

templates/README.md describes the folders, template.toml and the variables; docs/templates.md templates of others.
"""

from rpkpy.project.scaffold.creating import create, install, tree
from rpkpy.project.scaffold.model import Created, Origin, Pattern, Template, Value
from rpkpy.project.scaffold.names import name_from, slug
from rpkpy.project.scaffold.reading import find, load_all, load_patterns, templates_dir

__all__ = [
    "Created",
    "Origin",
    "Pattern",
    "Template",
    "Value",
    "create",
    "find",
    "install",
    "load_all",
    "load_patterns",
    "name_from",
    "slug",
    "templates_dir",
    "tree",
]
