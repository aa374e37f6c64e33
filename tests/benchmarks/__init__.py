"""What measures, rather than checks: quality over datasets, and speed and memory on this machine."""
