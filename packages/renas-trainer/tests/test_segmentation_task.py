"""What a segmentation network learns: the loss without void, two learning rates, frozen BN."""

import pytest
import torch
from timm.layers.norm_act import convert_sync_batchnorm
from torch.nn import functional

from renas_space import RENASNET, InputError
from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan
from renas_trainer.segmentation.encoder import Encoder
from renas_trainer.segmentation.masks import VOID
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.task import Segmentation


def network():
    encoder = Encoder.of_cells(RENASNET, cells=1, filters=8)
    return DeepLab(DeepLabPlan(encoder=encoder, classes=3))


def test_the_loss_is_the_mean_over_pixels_that_are_not_void():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 4, 5, generator=generator)
    masks = torch.randint(3, (2, 4, 5), generator=generator)
    masks[:, 0] = VOID
    task = Segmentation(VocRecipe(), 3)
    seen = masks != VOID
    log_probabilities = functional.log_softmax(logits, 1).permute(0, 2, 3, 1)[seen]
    expected = -log_probabilities[torch.arange(int(seen.sum())), masks[seen]].mean()
    torch.testing.assert_close(task.loss(logits, masks), expected)
    assert task.loss(logits, torch.full_like(masks, VOID)) == 0.0


def test_the_head_learns_at_the_recipes_rate_and_the_encoder_at_its_share():
    net = network()
    groups = Segmentation(VocRecipe(encoder_rate=0.1, decay_norms=False), 3).parameter_groups(net)
    assert [group["lr_scale"] for group in groups] == [1.0, 1.0, 0.1, 0.1]
    assert [group["weight_decay"] for group in groups] == [4e-5, 0.0, 4e-5, 0.0]
    found = [id(one) for group in groups for one in group["params"]]
    assert sorted(found) == sorted(id(one) for one in net.parameters())
    encoder = {id(one) for one in net.encoder.parameters()}
    assert [id(groups[n]["params"][0]) in encoder for n in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("frozen", [True, False])
def test_the_encoders_bn_is_frozen_where_the_recipe_says_so(frozen):
    net, task = network(), Segmentation(VocRecipe(freeze_norms=frozen), 3)
    model = task.for_training(net).train()
    task.start_epoch(net, 1.0)
    for part in (net.encoder, net.decoder):
        norms = [one for one in part.modules() if isinstance(one, torch.nn.BatchNorm2d)]
        kept = frozen and part is net.encoder
        assert {norm.training for norm in norms} == {not kept}
        assert {norm.weight.requires_grad for norm in norms} == {not kept}
    before = {name: value.clone() for name, value in net.encoder.state_dict().items()}
    task.loss(
        model(torch.randn(2, 3, 32, 32)), torch.zeros(2, 32, 32, dtype=torch.int64)
    ).backward()
    changed = {
        name
        for name, value in net.encoder.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert bool(changed) == (not frozen)


def test_figures_are_those_of_its_scores():
    assert Segmentation(VocRecipe(), 3).figures == ("miou", "pixel_accuracy")


def test_bn_of_several_processes_and_of_timm_is_frozen_too():
    encoder = Encoder.named("mobilenet-v2")
    net = convert_sync_batchnorm(DeepLab(DeepLabPlan(encoder=encoder, classes=3)))
    task = Segmentation(VocRecipe(freeze_norms=True), 3)
    norms = [one for one in net.encoder.modules() if isinstance(one, torch.nn.SyncBatchNorm)]
    assert len(norms) == 51
    for norm in norms:
        norm.forward = lambda x: x  # it runs on GPUs alone
    task.for_training(net).train()
    task.start_epoch(net, 1.0)
    assert {norm.training for norm in norms} == {False}
    assert {norm.weight.requires_grad for norm in norms} == {False}


def test_an_encoder_without_bn_has_none_to_freeze():
    net = DeepLab(DeepLabPlan(encoder=Encoder.named("convnext_atto"), classes=3))
    with pytest.raises(InputError) as error:
        Segmentation(VocRecipe(freeze_norms=True), 3).for_training(net)
    assert str(error.value) == "the encoder has no batch normalisation: leave freeze_norms out"


def test_what_nothing_depends_on_is_not_trained():
    # smp's EfficientNet keeps layers behind its last map, whose gradients DDP would wait for.
    net = DeepLab(DeepLabPlan(encoder=Encoder.named("efficientnet-b0"), classes=3))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    model = Segmentation(VocRecipe(), 3).for_training(net)
    still = {name for name, one in model.named_parameters() if not one.requires_grad}
    assert still == {
        f"encoder.{name}" for name in ("_conv_head.weight", "_bn1.weight", "_bn1.bias")
    }
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(one.grad is None for one in net.parameters())
    assert net.training
