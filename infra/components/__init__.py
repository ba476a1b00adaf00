"""The components, one a file. They do not import each other; `__main__.py` connects them."""
