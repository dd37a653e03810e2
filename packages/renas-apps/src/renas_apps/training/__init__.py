"""`renas-train`: from settings to a trained network in a file.

`config` has the settings of each recipe, `preparing` what they come to, `session` the training,
`outline` what it would be, `directory` and `log` what it leaves.
"""
