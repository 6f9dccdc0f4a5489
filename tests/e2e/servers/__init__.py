"""Servers that the end-to-end tests probe: real ones, and ones that misbehave on purpose."""
