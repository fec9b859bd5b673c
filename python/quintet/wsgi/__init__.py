"""PEP 3333: load an application, make its environ, send its response. Workers and ``quintet.host`` share it."""
