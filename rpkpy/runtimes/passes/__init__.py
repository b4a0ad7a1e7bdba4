"""Rewrites of a compiled runtime, from one WebAssembly binary to another; each is a function of bytes to bytes.

`code` opens a module for rewriting, `callgraph` says who may call whom, `frames` measures native stack frames,
`stackpad` makes a guest's own stack check hold for the engine's stack too.
"""
