"""What scripts/update_walkthrough.py is made of: the page as its own script, a terminal, the person before it."""
