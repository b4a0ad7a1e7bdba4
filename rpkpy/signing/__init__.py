"""Signatures of modules, in a file beside them: who built a module can be checked by whoever deploys it."""
