"""Payment orders: pain.001.001.03 and pain.001.001.09, read and written as streams."""
