"""The Python workers of Quintet's own server: start, serve, end; and the zygote that forks them."""
