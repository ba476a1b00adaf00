"""What each shell reads to complete the command."""
