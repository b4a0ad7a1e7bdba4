"""The page at a host's address: HTML made here, no build step, nothing from elsewhere."""

from rpkpy.host.page.site import routes

__all__ = ["routes"]
