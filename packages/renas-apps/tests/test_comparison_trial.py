"""What a trial knows."""

from renas_apps.comparison import CONTESTANTS, run_trial


def test_a_trial_knows_when_it_found_what(trial):
    one = trial(0, (1, 0.2), (4, 0.5), (17, 0.8))
    assert [one.best_after(count) for count in (1, 3, 4, 20)] == [0.2, 0.2, 0.5, 0.8]
    assert [one.evaluations_to(target) for target in (0.1, 0.5, 0.51, 0.9)] == [1, 4, 17, None]


def test_the_population_of_a_noisy_trial_has_the_fitness_without_the_noise(additive):
    class Noisy(type(additive(2))):
        def observe(self, fitness, rng):  # noqa: ARG002 (so noisy that the cell does not count)
            return 0.9 + rng.random() / 10

    of = run_trial(Noisy(2), CONTESTANTS["random"], seed=0, evaluations=20)
    assert all(mean <= 0.5 + 4 * 0.05 + 4 * 0.02 for mean, _ in of.population)
