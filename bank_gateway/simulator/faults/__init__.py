"""Faults: switched on per bank by the control API, struck by the throw of a seeded die, noted each time they strike.

`wanted.py` reads the list, `switches.py` keeps it, `active.py` tells every thread what is on, `dice.py` throws.
`delivery.py` is what happens to files on their way out, `spoiling.py` to their bytes, `line.py` to the SFTP line.
"""
