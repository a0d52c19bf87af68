"""Exercises of chapter 03: the Bayesian formulation."""
