"""The version of rpkpy, alone in a file so that `rpkpy --version` reads nothing else."""

__version__ = "0.1.0"
