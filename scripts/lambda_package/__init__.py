"""The parts of the Lambda package's build; ``scripts/build_lambda.py`` puts them together."""
