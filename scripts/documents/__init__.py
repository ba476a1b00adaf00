"""Makes the documents of the project: the API page and the pictures."""
