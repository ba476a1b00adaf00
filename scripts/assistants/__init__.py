"""The record for assistants: the API's questions as tools of a server that speaks the Model Context Protocol."""
