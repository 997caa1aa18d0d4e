"""The benchmarks behind `make bench`: the portal beside the floor that libxml2 and PostgreSQL set, in one run."""
