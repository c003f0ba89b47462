import itertools
from types import SimpleNamespace

import pytest
import torch
from diffusers import DDIMScheduler
from torch import nn

from neuro.analyses.braindive.denoiser import Shape, build, schedule, to_pixels
from neuro.analyses.braindive.guidance import SHAPES, Guidance, Steering, guided
from neuro.analyses.braindive.sampling import Sampler, ascend
from neuro.analyses.braindive.self_attention import SelfAttentionGuidance

SMALL = Shape(size=8, widths=(8, 16), groups=4)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build(SMALL).eval().requires_grad_(False)


def brightness(pixels):
    """An activation with curvature, so that finite differences have something to find."""
    return (pixels.flatten(1).mean(dim=1) * 2).tanh()


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
def test_gradient_is_that_of_finite_differences(network, kind):
    double = build(SMALL).double().eval().requires_grad_(False)
    double.load_state_dict(network.state_dict())
    alphas = schedule().alphas_cumprod.double()
    sample = 0.2 * torch.randn(1, 1, 8, 8, dtype=torch.float64)
    time, step = 400, 1e-5

    def activation(noisy):
        steering = Steering(Guidance(1.0), brightness, soft, alphas, kind)
        steering.gradient(predict, noisy, time)
        return float(steering.told[-1][0])

    def predict(value):
        return double(value, time, return_dict=False)[0]

    def soft(value):  # never cut, so that it can be differentiated everywhere
        return torch.sigmoid(value)

    _, gradient = Steering(Guidance(1.0), brightness, soft, alphas, kind).gradient(
        predict, sample, time
    )
    for place in ((0, 0, 0, 0), (0, 0, 3, 5), (0, 0, 7, 2)):
        nudge = torch.zeros_like(sample)
        nudge[place] = step
        found = (activation(sample + nudge) - activation(sample - nudge)) / (2 * step)
        assert gradient[place].item() == pytest.approx(found, rel=1e-4, abs=1e-9)


def test_guided_noise_is_as_published(network):
    """eps' = eps - sqrt(1 - abar) * gamma * grad, and the same change of v."""
    alphas = schedule().alphas_cumprod
    sample, time = torch.randn(2, 1, 8, 8), 300

    def predict(value):
        return network(value, time, return_dict=False)[0]

    for kind in ("epsilon", "v_prediction"):
        steering = Steering(Guidance(7.0), brightness, to_pixels, alphas, kind)
        own, gradient = steering.gradient(predict, sample, time)
        change = -((1 - alphas[time]) ** 0.5) * 7.0 * gradient
        if kind == "v_prediction":
            change = change / alphas[time] ** 0.5
        torch.testing.assert_close(steering(predict, sample, time), own + change)


def test_activation_follows_the_scale_and_nothing_remains_afterwards(network):
    sampler = Sampler(network, n_steps=6)
    means = [
        brightness(torch.as_tensor(sampler.draw([1, 2, 3], brightness, Guidance(scale)))).mean()
        for scale in (-40.0, 0.0, 40.0)
    ]
    assert means[0] < means[1] < means[2]
    plain = sampler.draw([1, 2, 3])
    assert (plain == sampler.draw([1, 2, 3], brightness, Guidance(0.0))).all()


@pytest.mark.parametrize("fresh", [0.0, 1.0])
def test_an_image_depends_on_its_seed_not_on_its_batch(network, fresh):
    together = Sampler(network, n_steps=3, fresh=fresh, batch=4).draw([5, 6, 7])
    apart = Sampler(network, n_steps=3, fresh=fresh, batch=1).draw([7, 5])
    torch.testing.assert_close(torch.as_tensor(together[[2, 0]]), torch.as_tensor(apart))


def test_fresh_noise_is_that_of_ddpm(network, monkeypatch):
    """With a denoiser that always expects grey, only noise is left: how much of it is the first?"""
    scheduler = schedule()
    scheduler.set_timesteps(4)
    alphas, steps = scheduler.alphas_cumprod, []
    step = DDIMScheduler.step
    monkeypatch.setattr(
        DDIMScheduler, "step", lambda *a, **k: steps.append(step(*a, **k)) or steps[-1]
    )

    def grey(sample, time, return_dict=True):
        return SimpleNamespace(sample=sample * (alphas[time] / (1 - alphas[time])) ** 0.5)

    monkeypatch.setattr(network, "forward", grey)
    first = torch.stack(
        [torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(i)) for i in range(200)]
    )
    for fresh in (0.0, 1.0):
        Sampler(network, n_steps=4, fresh=fresh, batch=200).draw(range(200))
        noisy = steps[-2].prev_sample  # the last step takes all noise away
        times = scheduler.timesteps.tolist()
        left = 1.0
        for now, then in itertools.pairwise(times):
            a, b = float(alphas[now]), float(alphas[then])
            posterior = fresh**2 * (1 - b) / (1 - a) * (1 - a / b)  # DDIM's equation 16, squared
            left *= ((1 - b - posterior) / (1 - b)) ** 0.5
        # Images begin with noise of variance 1, at a time that has a little less.
        old = left**2 / (1 - float(alphas[times[0]]))
        expected = ((1 - float(alphas[times[-1]])) * (old + 1 - left**2)) ** 0.5
        assert float(noisy.std()) == pytest.approx(expected, rel=0.02)
        r = float(torch.corrcoef(torch.stack([noisy.flatten(), first.flatten()]))[0, 1])
        assert r == pytest.approx((old / (old + 1 - left**2)) ** 0.5, abs=0.03)
        assert (left < 0.9) == bool(fresh)


def test_checkpointing_changes_nothing_but_memory(network):
    sampler = Sampler(network, n_steps=3)
    plain = sampler.draw([1], brightness, Guidance(20.0))
    saved = sampler.draw([1], brightness, Guidance(20.0, checkpointing=True))
    torch.testing.assert_close(torch.as_tensor(plain), torch.as_tensor(saved))


def test_scale_over_the_steps_has_mean_one():
    done = torch.linspace(0, 1, 1001).tolist()
    for shape in SHAPES.values():
        assert sum(map(shape, done)) / len(done) == pytest.approx(1, abs=0.01)
    with pytest.raises(ValueError, match=r"shape: got 'sudden'\. Allowed: constant"):
        Guidance(1.0, "sudden")
    with pytest.raises(ValueError, match=r"prediction_type: got 'sample'\. Allowed: epsilon"):
        Steering(Guidance(1.0), brightness, to_pixels, torch.ones(3), "sample")


def test_pixels_alone_can_be_driven_too():
    start = ascend([0], (1, 4, 4), brightness, n_steps=0)
    end = ascend([0], (1, 4, 4), brightness, n_steps=20)
    assert brightness(torch.as_tensor(end)) > brightness(torch.as_tensor(start)) + 0.1


def test_the_stock_stable_diffusion_pipeline_is_guided(pipeline):
    from neuro.analyses.braindive.latent import LatentSampler

    target = nn.Linear(3 * 16 * 16, 1).requires_grad_(False)

    def activation(pixels):
        return 0.02 * target(pixels.flatten(1))[:, 0]  # as steep as an encoder of images

    sampler = LatentSampler(pipeline, n_steps=6, size=16, batch=2)
    found = []
    for scale in (-1e4, 0.0, 1e3, 1e4):
        pixels = sampler.draw([1, 2], activation, Guidance(scale))
        assert pixels.shape == (2, 3, 16, 16)
        found.append(float(activation(torch.as_tensor(pixels)).mean()))
    assert found == sorted(found)
    assert len(set(found)) == 4


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_self_attention_guidance_is_that_of_diffusers(pipeline):
    from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionSAGPipeline

    from neuro.analyses.braindive.latent import LatentSampler

    parts = {k: v for k, v in pipeline.components.items() if k != "image_encoder"}
    parts["scheduler"] = DDIMScheduler(clip_sample=False, set_alpha_to_one=False)
    stock = StableDiffusionPipeline(**parts, requires_safety_checker=False)
    stock.set_progress_bar_config(disable=True)
    own = LatentSampler(stock, n_steps=3, size=16, attention_scale=0.75)
    found = torch.as_tensor(own.draw([4]))
    assert (found - torch.as_tensor(LatentSampler(stock, 3, 16).draw([4]))).abs().max() > 1e-3
    peer = StableDiffusionSAGPipeline(**parts, requires_safety_checker=False)
    peer.set_progress_bar_config(disable=True)
    expected = peer(
        prompt_embeds=torch.zeros(1, 1, 8), height=16, width=16, num_inference_steps=3,
        guidance_scale=0.0, sag_scale=0.75, generator=torch.Generator().manual_seed(4),
        output_type="pt",
    ).images  # fmt: skip
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    driven = own.draw([4], lambda pixels: pixels.flatten(1).mean(dim=1), Guidance(1e3))
    assert driven.mean() > found.mean()


def test_a_denoiser_without_attention_has_no_self_attention_guidance(network):
    with pytest.raises(ValueError, match="the middle block of UNet2DModel has no transformer"):
        SelfAttentionGuidance(network.network)


def test_a_wrapped_denoiser_takes_what_the_pipeline_hands_over(network):
    """`return_dict` true and false, and an error inside leaves the denoiser as it was."""
    steering = Steering(Guidance(1.0), brightness, to_pixels, schedule().alphas_cumprod)
    own = network.forward
    sample = torch.randn(1, 1, 8, 8)
    with guided(network, steering):
        output = network(sample, 10)
        torch.testing.assert_close(output.sample, network(sample, 10, return_dict=False)[0])
        torch.testing.assert_close(output.sample, output[0])
    with pytest.raises(RuntimeError), guided(network, steering):
        network(sample[:, :, :3], 10)
    assert network.forward == own
