"""What --dry-run prints."""

from renas_apps.train import main


def printed(capsys, *arguments):
    assert main([*arguments, "--dry-run"]) == 0
    return capsys.readouterr().out


def test_the_papers_imagenet_recipe(capsys):
    assert (
        printed(capsys, "imagenet")
        == """\
network
  0110.1150.0003.1010.2250, N = 4, F = 44
  224x224 pixels, 1000 classes
  5,677,268 parameters, 608,200,896 multiply-adds
  as the paper counts: 5.37M parameters, 580M multiply-adds
  2,399,976 more parameters in the auxiliary head, while it trains
images
  1,281,167 to train on, as published: no --data-dir is given
  epochs 1 to 180: shorter side from 256 to 480, 224x224 cropped anywhere, mirrored, \
AlexNet's colours
  epochs 181 to 200: shorter side 256, 224x224 cropped anywhere, mirrored
  scored: shorter side 256, 224x224 from the middle
  mean (123.68, 116.78, 103.94) taken off, times 0.017
schedule
  200 epochs of 5,004 steps: 1,000,800 steps of 256 images
  polynomial of power 1, from 0.1 to 0
  learning rate at epoch 1 0.1, epoch 51 0.075, epoch 101 0.05, epoch 151 0.025, \
last step 9.99201e-08
optimizer
  SGD, momentum 0.9
  weights of convolutions and classifiers: 489 tensors, 8,024,460 numbers, weight decay 4e-05
  batch normalisation and biases: 520 tensors, 52,784 numbers, weight decay 4e-05
  gradients clipped to a norm of 10
loss
  cross entropy, 0.9 for the right class and 0.1/999 for each other
  plus 0.4 times that of the auxiliary head, not smoothed
  dropout 0, drop path up to 0
"""
    )


def test_the_papers_cifar_10_recipe(capsys):
    said = printed(capsys, "cifar10")
    for line in (
        "  3,737,578 parameters, 581,261,568 multiply-adds\n",
        "  50,000 to train on, as published: no --data-dir is given\n",
        "  cutout of 16x16\n",
        "  630 epochs of 390 steps: 245,700 steps of 128 images\n",
        "  cosines of 10 + 20 + 40 + 80 + 160 + 320 epochs, each from 0.05 to 0.001\n",
        "  dropout 0.5, drop path up to 0.5\n",
    ):
        assert line in said


def test_a_training_that_ends_within_a_cosine_says_so(capsys):
    said = printed(capsys, "cifar10", "--data=digits", "--epochs=25", "--batch-size=64")
    assert "  1,500 to train on, 297 to score on\n" in said
    assert "  the last is cut off after epoch 25: the rate has not fallen then\n" in said
    assert "  no auxiliary head: its map would be below 5x5\n" in said
    assert "  cutout of 4x4\n" in said


def test_images_that_are_not_mirrored_are_said_not_to_be(capsys):
    for recipe in ("imagenet", "cifar10"):
        assert "mirrored" in printed(capsys, recipe)
        assert "mirrored" not in printed(capsys, recipe, "--no-flip")


def test_a_dry_run_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    printed(capsys, "imagenet", "--warmup-epochs=5", "--ema-decay=0.9999")
    assert list(tmp_path.iterdir()) == []
