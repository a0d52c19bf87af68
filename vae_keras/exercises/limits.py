"""Exercises of chapter 02: the limits of the autoencoder."""
