"""One module per language: detect, prepare, build, hints."""
