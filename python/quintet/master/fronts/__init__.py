"""The fronts: their processes, and reload, upgrade and scale of all of them."""
