"""JSON documents kept in secret: in a local file, in AWS Secrets Manager, in an SSM parameter."""
