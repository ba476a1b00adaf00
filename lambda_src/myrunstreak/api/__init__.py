"""The read-only HTTP API over the published record: routes, representations, errors, and the page to try it out."""
