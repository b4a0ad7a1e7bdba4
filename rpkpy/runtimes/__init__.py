"""The interpreters that languages without a compiler run in: made from their sources, and programs put into them.

`recipe` says what a runtime is made of, `sources` fetches that, `build` compiles it and `passes` rewrites the result;
`store` finds a finished one. `embedding` and `snapshot` make a transform of a runtime and a program.
"""
