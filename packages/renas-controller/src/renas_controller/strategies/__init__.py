"""Strategies: what to evaluate next, behind ask and tell."""
