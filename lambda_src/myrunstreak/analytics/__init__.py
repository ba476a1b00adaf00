"""What the numbers mean: SQL over the stored runs and thin Python that binds its parameters."""
