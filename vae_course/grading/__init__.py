"""Grading a class: every notebook handed in is executed in a sandbox, and its exercises judged."""
