"""What is expected of genotypes that were not evaluated, by what was told of others."""
