"""The record of many runners as tables that query engines read."""
