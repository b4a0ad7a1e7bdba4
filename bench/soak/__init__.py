"""Long forms of the fault table's tests: `python -m bench.soak ROW` (see __main__)."""
