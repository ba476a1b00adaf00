"""Looks over everything that a command needs on this machine: each part by itself, so that none hides another."""
