"""Exercises of chapter 06: training a VAE."""
