"""What runs in Quintet's Python workers. Standard library only, CPython 3.9 to 3.14."""
