"""The control API: what a person or a test does to the banks. JSON over HTTP, on loopback only."""
