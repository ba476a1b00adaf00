"""The infrastructure program: what `pulumi up` puts into an AWS account."""
