"""`renas-report retrain`: the populations of a search, scored without inherited weights (Fig. 4).

`checkpoint` finds the populations in the journal, `results` keeps what came of each cell, `scores`
is what a population comes to, `tables` and `figure` show it, and `session` trains what is missing.
"""
