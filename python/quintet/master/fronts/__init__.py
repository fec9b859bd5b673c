"""The fronts: their processes, and reloading, upgrading and scaling all of them."""
