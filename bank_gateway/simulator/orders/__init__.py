"""Orders: pain.001 as the simulated banks read and judge it."""
