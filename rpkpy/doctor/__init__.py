"""Looks at everything that a transform needs to be built, deployed and run, and says what is wrong and what helps.

`table.CHECKS` lists every check. `examine` runs them; `treat` applies the safe treatments. Needs no terminal.
"""
