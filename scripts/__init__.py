"""Programs around the Lambda: command line, token set-up, simulator, packaging."""
