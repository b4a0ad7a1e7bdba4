"""`rpkpy toolchain`."""
