"""What changes beta during training, against a collapse of the latent dimensions."""

import keras

from vae_keras import _checks


class _BetaSchedule(keras.callbacks.Callback):
    """Sets a model's `beta` before each epoch or each step, and logs it with each epoch."""

    def __init__(self, epochs, steps, start, end):
        super().__init__()
        if (epochs is None) == (steps is None):
            raise ValueError(
                f"{type(self).__name__} must be given epochs or steps, and not both, got "
                f"epochs={epochs!r} and steps={steps!r}."
            )
        self.start = _checks.number(start, "start", least=0)
        self.end = _checks.number(end, "end", least=0)
        self.needs_every_step = epochs is None  # however many the model runs in one call
        # Only where it is needed: a callback on batches makes each step a call.
        if self.needs_every_step:
            self.length = _checks.whole_number(steps, "steps")
            self.on_train_batch_begin = self._set_for_step
        else:
            self.length = _checks.whole_number(epochs, "epochs")
            self.on_epoch_begin = self._set_for_epoch

    def rise(self, time):
        """How far beta is from `start` to `end`, 0 to 1, at an epoch or a step, from 0."""
        raise NotImplementedError

    def set_model(self, model):
        if not hasattr(model, "beta"):
            raise ValueError(
                f"{type(self).__name__} must be given to a model with a beta, a VAE for instance, "
                f"got {type(model).__name__}."
            )
        super().set_model(model)

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["beta"] = self.model.beta

    def _set_for_epoch(self, epoch, logs=None):
        self._set(epoch)

    def _set_for_step(self, batch, logs=None):
        self._set(int(self.model.optimizer.iterations))  # which a resumed training knows

    def _set(self, time):
        rise = self.rise(time)
        self.model.beta = (1 - rise) * self.start + rise * self.end


class BetaWarmup(_BetaSchedule):
    """Raises a model's beta in a line, from 0 to 1, over the first epochs or steps.

    At first the KL term weighs nothing and codes are free to say something of x; once the decoder
    listens to them, the term comes in. At epoch (or step) t, from 0,

        beta = start + (end - start) · min(t / length, 1)

    A training that is resumed goes on where it was: epochs are counted by Keras, steps by the
    optimizer. With `steps`, each step is a call of its own, whatever `steps_per_execution`, and
    `fit` is slower. `beta` is logged with each epoch; the `loss` logged is that of the last beta.

    Source: Bowman and others, "Generating Sentences from a Continuous Space" (2016), section 3.1;
    Sønderby and others, "Ladder Variational Autoencoders" (2016), section 2.3.

    Args:
        epochs: After how many epochs beta is at its end; or, instead,
        steps: after how many steps.
        start, end: The first and the last beta, at least 0.

    Raises:
        ValueError: If an argument is out of its range, or both or none of `epochs` and `steps` are
            given; when training starts, if the model has no beta.

    Example:

    >>> vae.fit(x_train, epochs=50, callbacks=[BetaWarmup(epochs=20)])
    """

    def __init__(self, epochs=None, steps=None, start=0.0, end=1.0):
        super().__init__(epochs, steps, start, end)

    def rise(self, time):
        return min(time / self.length, 1.0)


class CyclicalBeta(_BetaSchedule):
    """Raises a model's beta several times over, each time from 0: a warm-up by cycles.

    Each of `cycles` equal parts of the training is a line from `start` to `end`, over the share
    `ratio` of it, and then `end`. Each new start begins from codes that the decoder already uses.
    After the last cycle beta stays at `end`. Counted, resumed and logged as in `BetaWarmup`.

    Source: Fu and others, "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL
    Vanishing" (2019), eq. (6) and (7).

    Args:
        epochs: How many epochs all the cycles take together; or, instead,
        steps: how many steps.
        cycles: Number of cycles, at most as many as epochs or steps.
        ratio: Share of a cycle in which beta rises, above 0 and at most 1.
        start, end: The lowest and the highest beta, at least 0.

    Raises:
        ValueError: As `BetaWarmup` does.

    Example:

    >>> vae.fit(x_train, epochs=40, callbacks=[CyclicalBeta(epochs=40)])
    """

    def __init__(self, epochs=None, steps=None, cycles=4, ratio=0.5, start=0.0, end=1.0):
        super().__init__(epochs, steps, start, end)
        self.cycles = _checks.whole_number(cycles, "cycles", most=self.length)
        self.ratio = _checks.number(ratio, "ratio", above=0, most=1)

    def rise(self, time):
        if time >= self.length:
            return 1.0
        place = time * self.cycles % self.length / self.length  # in the cycle, 0 to 1
        return min(place / self.ratio, 1.0)
