"""Stena: a public message wall."""
