"""Exercises of chapter 05: the reparameterization trick."""
