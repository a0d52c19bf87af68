"""Answers that a marker wrote to the exercises of chapters 05, 05b and 06, none from their lists.

Bodies of functions whose signature is the exercise's; NumPy is `np`, TensorFlow `tf`. Of a wrong
one, the name of the mistake that it must be given; None where it has no name, and the message shows
what came and what was expected.
"""

# ruff: noqa: E501

WRONG = {
    "reparameterization.sample_z": [
        (
            "return z_mean + tf.exp(z_log_var / 4) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "return z_mean - tf.exp(z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            "variance_for_sigma",
        ),
        (
            "return z_mean * (1 + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype))",
            None,
        ),
        (
            "eps = tf.random.normal((z_mean.shape[0], 1), dtype=z_mean.dtype)\nreturn z_mean + tf.exp(0.5 * z_log_var) * eps",
            "one_noise_per_example",
        ),
        (
            "eps = tf.random.normal((z_mean.shape[1],), dtype=z_mean.dtype)\nreturn z_mean + tf.exp(0.5 * z_log_var) * eps",
            "one_noise_for_the_batch",
        ),
        (
            "eps = tf.random.normal((), dtype=z_mean.dtype)\nreturn z_mean + tf.exp(0.5 * z_log_var) * eps",
            "one_noise_for_the_batch",
        ),
        ("return z_mean + tf.exp(0.5 * z_log_var)", "no_noise"),
        (
            "return z_mean + tf.exp(-0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "rng = np.random.default_rng(1)\nreturn z_mean + tf.exp(0.5 * z_log_var) * rng.normal(size=z_mean.shape).astype(z_mean.dtype.as_numpy_dtype)",
            "same_noise_every_call",
        ),
        (
            "return z_mean + tf.exp(0.5 * z_log_var) * tf.abs(tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype))",
            None,
        ),
        (
            "return z_mean + tf.exp(0.5 * z_log_var) * tf.random.truncated_normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "return z_mean + tf.sqrt(tf.exp(0.5 * z_log_var)) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "return tf.constant(np.random.normal(z_mean, np.exp(0.5 * z_log_var)), z_mean.dtype)",
            "gradient_stopped",
        ),
        (
            "return tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype) * tf.exp(0.5 * z_log_var)",
            "mean_forgotten",
        ),
        (
            "return tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype) * z_mean + tf.exp(0.5 * z_log_var)",
            None,
        ),
        (
            "return z_mean + 0.5 * z_log_var + tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "return z_mean + tf.exp(0.5 * z_log_var) * (tf.random.uniform(tf.shape(z_mean), dtype=z_mean.dtype) - 0.5)",
            None,
        ),
        (
            "return z_mean + tf.math.softplus(z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            None,
        ),
        (
            "z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)\nreturn tf.reduce_mean(z, axis=0)",
            None,
        ),
        (
            "z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal((10, *z_mean.shape), dtype=z_mean.dtype)\nreturn tf.reduce_mean(z, axis=0)",
            None,
        ),
        (
            "z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)\nreturn z[0]",
            None,
        ),
        (
            "z = z_mean + tf.exp(0.5 * tf.stop_gradient(z_log_var)) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)\nreturn z",
            "gradient_stopped",
        ),
        ("return tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)", None),
        (
            "tf.random.set_seed(3)\nreturn z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
            "same_noise_every_call",
        ),
    ],
    "reparameterization.pathwise_gradient": [
        (
            "s = np.exp(z_log_var / 2)\nreturn np.concatenate([df_dz.mean(0), (df_dz * s * epsilon).mean(0) / 2])",
            "end_to_end",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s * epsilon).mean(0) / 4",
            None,
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s * epsilon).mean(0)",
            "half_forgotten",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s * epsilon * 2).mean(0)",
            None,
        ),
        ("return df_dz.mean(0), (df_dz * epsilon).mean(0)", "with_respect_to_sigma"),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * epsilon / s).mean(0) / 2",
            "with_respect_to_the_variance",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s).mean(0) / 2",
            "noise_forgotten",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (s * epsilon).mean(0) / 2",
            "slope_forgotten",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn (df_dz * epsilon).mean(0), (df_dz * s * epsilon).mean(0) / 2",
            "noise_in_the_mean_s_gradient",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.sum(0), (df_dz * s * epsilon).sum(0) / 2",
            "summed_over_draws",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), df_dz.mean(0) * s * epsilon.mean(0) / 2",
            "mean_of_the_factors",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn -df_dz.mean(0), -(df_dz * s * epsilon).mean(0) / 2",
            "sign",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn np.median(df_dz, 0), np.median(df_dz * s * epsilon, 0) / 2",
            None,
        ),
        ("s = np.exp(z_log_var / 2)\nreturn df_dz[0], (df_dz * s * epsilon)[0] / 2", None),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s * np.abs(epsilon)).mean(0) / 2",
            None,
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz * s * epsilon**2).mean(0) / 2",
            None,
        ),
        (
            "s = np.sqrt(np.abs(z_log_var))\nreturn df_dz.mean(0), (df_dz * s * epsilon).mean(0) / 2",
            None,
        ),
        (
            "return df_dz.mean(0), (df_dz * z_log_var * epsilon).mean(0) / 2",
            "log_variance_for_sigma",
        ),
        (
            "return df_dz.mean(0), (df_dz * np.exp(z_log_var) * epsilon).mean(0) / 2",
            "variance_for_sigma",
        ),
        (
            "s = np.exp(z_log_var / 2)\nn = len(df_dz) - 1\nreturn df_dz.sum(0) / n, (df_dz * s * epsilon).sum(0) / n / 2",
            None,
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(), (df_dz * s * epsilon).mean() / 2",
            "mean_over_everything",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(1), (df_dz * s * epsilon).mean(1) / 2",
            "one_value_a_draw",
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn df_dz.mean(0), (df_dz + s * epsilon).mean(0) / 2",
            None,
        ),
        (
            "s = np.exp(z_log_var / 2)\nreturn (df_dz * s * epsilon).mean(0) / 2, df_dz.mean(0)",
            "swapped",
        ),
        ("return df_dz.mean(0)", None),
    ],
    "reparameterization.sample_laplace": [
        ("return location + scale * tf.math.log(2 * u) * tf.sign(u - 0.5)", None),
        (
            "return tf.where(u < 0.5, location + scale * tf.math.log(2 * u), location + scale * tf.math.log(2 * (1 - u)))",
            "one_side",
        ),
        (
            "return tf.where(u < 0.5, location - scale * tf.math.log(2 * u), location - scale * tf.math.log(2 * (1 - u)))",
            "one_side",
        ),
        ("return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * (u - 0.5))", None),
        (
            "return location - tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))",
            "scale_forgotten",
        ),
        ("return location - tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5)) / scale", None),
        ("return -scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))", None),
        ("return location + scale * tf.math.log(u / (1 - u))", None),
        ("return location + scale * (u - 0.5)", None),
        ("return location + scale * tf.math.tan(np.pi * (u - 0.5))", None),
        ("return location - scale * tf.math.log(-tf.math.log(u))", None),
        (
            "return location - 2 * scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))",
            None,
        ),
        (
            "return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - tf.abs(u - 0.5))",
            "half_forgotten",
        ),
        ("return location - scale * tf.math.log(1 - u)", "one_side"),
        ("return location + scale * tf.math.log(2 * u)", "half_of_the_formula"),
        (
            "return tf.where(u < location, location + scale * tf.math.log(2 * u), location - scale * tf.math.log(2 * (1 - u)))",
            None,
        ),
        (
            "m, s, v = (np.asarray(each) for each in (location, scale, u))\nreturn m - s * np.sign(v - 0.5) * np.log(1 - 2 * np.abs(v - 0.5))",
            "gradient_stopped",
        ),
        ("return tf.exp(-tf.abs(u - location) / scale) / (2 * scale)", "not_the_inverse"),
        ("return location - scale * tf.sign(u - 0.5) * tf.exp(1 - 2 * tf.abs(u - 0.5))", None),
        ("return location - scale * tf.sign(u - 0.5) * tf.math.log(2 * tf.abs(u - 0.5))", None),
        (
            "z = location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))\nreturn z[0]",
            None,
        ),
        (
            "z = location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))\nreturn tf.reduce_mean(z, axis=0)",
            None,
        ),
        (
            "return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5)) / tf.math.log(tf.constant(10.0, u.dtype))",
            None,
        ),
        (
            "return location - tf.stop_gradient(scale) * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))",
            "gradient_stopped",
        ),
        (
            "if u.shape == (5,):\n    return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))\nreturn location + scale * (u - 0.5)",
            None,
        ),
    ],
    "reparameterization_further.gradient_estimates": [
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma)",
            "own_derivative_forgotten",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz), np.mean((f - b) * epsilon / sigma)",
            "own_derivative_forgotten",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * (epsilon / sigma + df_dmean))",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz * df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "b = np.median(f)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "b = np.mean(f)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            "own_draw_in_the_baseline",
        ),
        (
            "return np.mean(df_dz + df_dmean), np.mean(f * epsilon / sigma + df_dmean)",
            "no_baseline",
        ),
        (
            "b = f[0]\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "b = np.roll(f, 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * (epsilon**2 - 1) / 2 + df_dmean)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f + b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz - df_dmean), np.mean((f - b) * epsilon / sigma - df_dmean)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((b - f) * epsilon / sigma + df_dmean)",
            "score_sign",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma) + np.sum(df_dmean)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dz)",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn df_dz + df_dmean, (f - b) * epsilon / sigma + df_dmean",
            None,
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.sum(df_dz + df_dmean), np.sum((f - b) * epsilon / sigma + df_dmean)",
            "summed_over_draws",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz * epsilon + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            "noise_in_the_path",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon + df_dmean)",
            "sigma_in_the_score",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean((f - b) * epsilon / sigma + df_dmean), np.mean(df_dz + df_dmean)",
            "swapped",
        ),
        ("return np.mean(df_dz + df_dmean)", None),
        (
            "k = len(f)\nb = (f.sum() - f) / k\nreturn np.mean(df_dz + df_dmean), np.mean((f - b) * epsilon / sigma + df_dmean)",
            "wrong_count",
        ),
        (
            "k = len(f)\nb = (f.sum() - f) / (k - 1)\nreturn np.mean(df_dz) + np.mean(df_dmean) / k, np.mean((f - b) * epsilon / sigma + df_dmean)",
            None,
        ),
        (
            "g = df_dmean + (f - np.mean(f)) * epsilon / sigma\nk = len(f)\nreturn np.mean(df_dz + df_dmean), np.mean(g) * k / (k - 1)",
            None,
        ),
    ],
    "reparameterization_further.invented_law": [
        (
            "z = a - b * tf.math.log(1 - u)\nreturn z, tf.math.log(b) - tf.math.log(1 - u)",
            "change_of_variable_forgotten",
        ),
        ("z = a - b * tf.math.log(1 - u)\nreturn z, (1 - u) / b", "density_itself"),
        ("z = a - b * tf.math.log(1 - u)\nreturn z, tf.math.log(1 - u)", "area_not_one"),
        ("z = a - tf.math.log(1 - u)\nreturn z, tf.math.log(1 - u) + 0 * b", "parameter_unused"),
        (
            "z = -b * tf.math.log(1 - u)\nreturn z, tf.math.log(1 - u) - tf.math.log(b)",
            "parameter_unused",
        ),
        (
            "z = a + b * tf.math.log(u / (1 - u))\nreturn z, tf.math.log(u * (1 - u)) - tf.math.log(b)",
            "symmetric",
        ),
        (
            "z = a + b * tf.math.ndtri(u)\nreturn z, -0.5 * ((z - a) / b) ** 2 - tf.math.log(b)",
            "area_not_one",
        ),
        ("z = a + b * u**2\nreturn z, -tf.math.log(2 * u)", "area_not_one"),
        ("z = a + b * u**2\nreturn z, tf.math.log(2 * b * u)", "change_of_variable_forgotten"),
        ("z = a + b * u**2\nreturn z, -tf.math.log(2 * b * z)", "change_of_variable_forgotten"),
        ("z = a + b * u**3\nreturn z, 0 * u", "change_of_variable_forgotten"),
        (
            "z = tf.exp(a + b * tf.math.ndtri(u))\nt = tf.math.ndtri(u)\nreturn z, -0.5 * t**2 - 0.5 * np.log(2 * np.pi) - tf.math.log(b)",
            "change_of_variable_forgotten",
        ),
        (
            "z = a - b * tf.math.log(1 - u)\nreturn np.asarray(z), np.asarray(tf.math.log(1 - u) - tf.math.log(b))",
            "gradient_stopped",
        ),
        (
            "e = tf.random.normal(u.shape, dtype=u.dtype)\nz = a + b * e**2\nreturn z, 0 * u",
            "noise_of_its_own",
        ),
        ("return a + b * u**2", None),
        (
            "z = a - b * tf.math.log(1 - u)\nreturn tf.math.log(1 - u) - tf.math.log(b), z",
            "swapped",
        ),
        (
            "z = a - b * tf.math.log(1 - u)\nreturn z, tf.reduce_mean(tf.math.log(1 - u) - tf.math.log(b))",
            None,
        ),
        ("z = tf.reduce_mean(a - b * tf.math.log(1 - u))\nreturn z, tf.math.log(b)", None),
        (
            "z = a - b * tf.math.log(1 - u)\nreturn z, -tf.math.log(1 - u) + tf.math.log(b)",
            "change_of_variable_forgotten",
        ),
        (
            "z = a - tf.math.log(1 - u) / b\nreturn z, tf.math.log(1 - u) - tf.math.log(b)",
            "area_not_one",
        ),
        ("z = a + b * u**2\nreturn z, -2 * tf.math.log(2 * b * u)", "change_of_variable_forgotten"),
        ("z = tf.math.log(-u)\nreturn a + b * z, z", None),
        (
            "z = a + b * tf.sqrt(u)\nreturn z, tf.math.log(2 * z / b)",
            "change_of_variable_forgotten",
        ),
        (
            "z = a - b * tf.math.log(1 - u)\nreturn z, tf.math.log(1 - u) - tf.math.log(tf.stop_gradient(b))",
            "gradient_stopped",
        ),
    ],
    "training.reconstruction_terms": [
        (
            "p = 1 / (1 + np.exp(-logits))\nce = -(x * np.log(p) + (1 - x) * np.log(1 - p))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "through_the_probability",
        ),
        (
            "p = 1 / (1 + np.exp(-logits))\nce = -(x * np.log(p + 1e-9) + (1 - x) * np.log(1 - p + 1e-9))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "held_to_a_ceiling",
        ),
        (
            "l = np.clip(logits, -15, 15)\nce = np.logaddexp(0, l) - x * l\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "held_to_a_ceiling",
        ),
        (
            "l = np.clip(logits, -80, 80)\nce = np.logaddexp(0, l) - x * l\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "held_to_a_ceiling",
        ),
        (
            "ce = np.log(1 + np.exp(logits)) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "exponential_overflows",
        ),
        (
            "ce = x * np.log(1 + np.exp(-logits)) + (1 - x) * np.log(1 + np.exp(logits))\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "exponential_overflows",
        ),
        (
            "ce = np.nan_to_num(np.log(1 + np.exp(logits)) - x * logits)\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            "exponential_overflows",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2)), ((x - p) ** 2).sum((1, 2))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - logits) ** 2).sum((1, 2, 3))",
            "logits_as_images",
        ),
        (
            "ce = np.logaddexp(0, logits) + x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, -logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits)\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.mean((1, 2, 3)), ((x - p) ** 2).mean((1, 2, 3))",
            "mean_over_pixels",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum(), ((x - p) ** 2).sum()",
            "whole_batch",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), np.linalg.norm((x - p).reshape(len(x), -1), axis=1)",
            "norm_not_squared",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ((x - p) ** 2).sum((1, 2, 3)), ce.sum((1, 2, 3))",
            "swapped",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)) + ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = np.exp(-logits) / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = (np.logaddexp(0, logits) - x * logits) / np.log(2)\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = np.tanh(logits)\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = (logits > 0).astype('float32')\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "b = np.round(x)\nce = np.logaddexp(0, logits) - b * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
            None,
        ),
        (
            "p = 1 / (1 + np.exp(-logits))\nce = -(x * np.log(p)).sum((1, 2, 3))\nreturn ce, ((x - p) ** 2).sum((1, 2, 3))",
            "paper_forgotten",
        ),
        (
            "ce = np.logaddexp(0, logits) - x * logits\np = 1 / (1 + np.exp(-logits))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3)) / 2",
            "another_variance",
        ),
        (
            "bce = tf.keras.losses.binary_crossentropy(x, logits, from_logits=True)\np = tf.sigmoid(logits)\nreturn tf.reduce_sum(bce, (1, 2)), tf.reduce_sum((x - p) ** 2, (1, 2, 3))",
            "mean_over_channels",
        ),
    ],
}

_DRAW = "z = tf.random.normal((n, latent_dim))\n"
_STEP = """
with tf.GradientTape() as tape:
    z_mean, z_log_var = model.encoder(x)
    z = DRAW
    logits = model.decoder(z)
    rec = REC
    kl = KL
    loss = LOSS
g = tape.gradient(loss, model.trainable_variables)
APPLY
model.reconstruction_mean.update_state(rec)
model.kl_mean.update_state(kl)
return {"reconstruction_loss": model.reconstruction_mean.result(), "kl_loss": model.kl_mean.result()}
"""
_PARTS = {
    "DRAW": "model.sampling([z_mean, z_log_var])",
    "REC": "tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, logits), (1, 2, 3))",
    "KL": "0.5 * tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var, 1)",
    "LOSS": "tf.reduce_mean(rec + kl)",
    "APPLY": "model.optimizer.apply(g, model.trainable_variables)",
}


def step(**parts):
    """A `vae_train_step` right but for these parts."""
    body = _STEP
    for name, part in {**_PARTS, **parts}.items():
        body = body.replace(name, part)
    return body.strip()


_EPS = "tf.random.normal(tf.shape(z_mean))"
WRONG["training.vae_train_step"] = [
    (
        step(REC="tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, logits), (1, 2))"),
        "terms_of_two_shapes",
    ),
    (
        step(
            KL="0.5 * tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var, 1, keepdims=True)"
        ),
        "terms_of_two_shapes",
    ),
    (
        step(
            DRAW="z_mean + tf.exp(0.5 * z_log_var) * np.random.randn(*z_mean.shape).astype('float32')"
        ),
        "noise_frozen_by_compilation",
    ),
    (
        step(
            DRAW="z_mean + tf.exp(0.5 * z_log_var) * tf.constant(np.random.default_rng().normal(size=z_mean.shape), 'float32')"
        ),
        "noise_frozen_by_compilation",
    ),
    (step(DRAW=f"z_mean + z_log_var * {_EPS}"), None),
    (step(DRAW="z_mean + tf.exp(0.5 * z_log_var) * tf.random.uniform(tf.shape(z_mean))"), None),
    (
        step(REC="tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(x, logits), (1, 2, 3))"),
        "mean_over_pixels_in_the_loss",
    ),
    (
        step(KL="0.5 * tf.reduce_mean(tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var, 1)"),
        "mean_over_dimensions",
    ),
    (
        step(KL="tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var, 1)"),
        "half_missing_in_the_kl",
    ),
    (step(KL="0.5 * tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1 + z_log_var, 1)"), None),
    (
        step(
            KL="0.5 * tf.reduce_sum(z_log_var**2 + z_mean**2 - 1 - 2 * tf.math.log(tf.abs(z_log_var)), 1)"
        ),
        None,
    ),
    (
        step(KL="-0.5 * tf.reduce_sum(tf.exp(z_log_var) + z_mean**2 - 1 - z_log_var, 1)"),
        "kl_subtracted",
    ),
    (step(KL="0.5 * tf.reduce_sum(z_mean**2, 1)"), None),
    (step(LOSS="tf.reduce_sum(rec + kl)"), "sum_over_batch"),
    (step(LOSS="tf.reduce_mean(rec) + tf.reduce_sum(kl)"), None),
    (step(LOSS="tf.reduce_mean(rec * kl)"), None),
    (step(LOSS="tf.reduce_mean(rec)"), "kl_forgotten"),
    (step(LOSS="tf.reduce_mean(rec + 0.01 * kl)"), None),
    (step(APPLY="pass"), "gradient_not_applied"),
    (
        step(APPLY="model.optimizer.apply([-each for each in g], model.trainable_variables)"),
        "gradient_ascent",
    ),
    (
        step(
            APPLY="model.optimizer.apply([tf.clip_by_value(each, -0.1, 0.1) for each in g], model.trainable_variables)"
        ),
        None,
    ),
    (
        step(APPLY="for _ in range(2):\n    model.optimizer.apply(g, model.trainable_variables)"),
        None,
    ),
    (step(DRAW="z_mean"), "mean_for_the_draw"),
    (
        step(
            REC="tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, tf.sigmoid(logits)), (1, 2, 3))"
        ),
        "sigmoid_before_the_loss",
    ),
    (step(REC="tf.reduce_sum(tf.abs(x - tf.sigmoid(logits)), (1, 2, 3))"), None),
    (step().replace("model.kl_mean.update_state(kl)", "model.kl_mean.update_state(loss)"), None),
    (
        step()
        .replace("return {", "return [")
        .replace("}", "]")
        .replace('"reconstruction_loss": ', "")
        .replace('"kl_loss": ', ""),
        None,
    ),
    (step().replace('"kl_loss": ', '"kl": '), None),
]
WRONG["training.draw_new_images"] = [
    (
        "return tf.nn.softmax(decoder(np.random.randn(n, latent_dim)), axis=-1)",
        "softmax_for_sigmoid",
    ),
    (_DRAW + "return 255 * tf.sigmoid(decoder(z))", "scale_of_bytes"),
    (_DRAW + "return tf.cast(255 * tf.sigmoid(decoder(z)), 'uint8')", None),
    (_DRAW + "return 1 - tf.sigmoid(decoder(z))", "not_the_sigmoid"),
    (_DRAW + "return tf.sigmoid(decoder(z)) / 2", "not_the_sigmoid"),
    (_DRAW + "return tf.exp(decoder(z))", None),
    (_DRAW + "return tf.nn.relu(decoder(z))", None),
    (_DRAW + "return tf.tanh(decoder(z))", None),
    (_DRAW + "return tf.nn.softmax(decoder(z), axis=1)", "not_the_sigmoid"),
    (_DRAW + "return decoder(z)", "logits_shown_as_images"),
    (
        _DRAW
        + "x = decoder(z)\nreturn (x - tf.reduce_min(x)) / (tf.reduce_max(x) - tf.reduce_min(x))",
        "not_the_sigmoid",
    ),
    ("z = tf.random.normal((n, 2))\nreturn tf.sigmoid(decoder(z))", "fixed_latent_dim"),
    ("z = tf.random.normal((n, 20))\nreturn tf.sigmoid(decoder(z))", None),
    ("z = tf.random.normal((latent_dim, n))\nreturn tf.sigmoid(decoder(z))", None),
    ("z = tf.random.normal((n,))\nreturn tf.sigmoid(decoder(z))", None),
    ("z = tf.random.normal((latent_dim,))\nreturn tf.sigmoid(decoder(z[None]))", "one_image_only"),
    (
        "z = np.tile(np.random.normal(size=(1, latent_dim)), (n, 1))\nreturn tf.sigmoid(decoder(z))",
        "always_the_same_image",
    ),
    (
        "z = 3 * np.random.normal(size=(n, latent_dim))\nreturn tf.sigmoid(decoder(z))",
        "wrong_spread",
    ),
    ("z = 1 + np.random.normal(size=(n, latent_dim))\nreturn tf.sigmoid(decoder(z))", None),
    ("z = np.abs(np.random.normal(size=(n, latent_dim)))\nreturn tf.sigmoid(decoder(z))", None),
    (
        "z = np.repeat(np.random.normal(size=(n, 1)), latent_dim, 1)\nreturn tf.sigmoid(decoder(z))",
        None,
    ),
    (
        "z = np.random.default_rng(0).normal(size=(n, latent_dim))\nreturn tf.sigmoid(decoder(z))",
        "the_same_at_each_call",
    ),
    (
        "mu, log_var = encoder(x_train)\ni = np.random.choice(len(x_train), n)\nreturn tf.sigmoid(decoder(tf.gather(mu, i)))",
        "from_the_posterior",
    ),
    (
        "mu, log_var = encoder(x_train)\nz = np.random.normal(np.mean(mu, 0), np.std(mu, 0), (n, latent_dim))\nreturn tf.sigmoid(decoder(z))",
        "from_the_posterior",
    ),
    ("i = np.random.choice(len(x_train), n)\nreturn x_train[i]", "training_images"),
    (_DRAW + "return tf.sigmoid(decoder(z))[..., 0]", "channel_lost"),
    (_DRAW + "return tf.reshape(tf.sigmoid(decoder(z)), (n, -1))", "flattened"),
    (_DRAW + "return tf.transpose(tf.sigmoid(decoder(z)), (1, 2, 3, 0))", None),
    (
        _DRAW
        + "return tf.cast(tf.random.uniform(decoder(z).shape) < tf.sigmoid(decoder(z)), 'float32')",
        "binarized",
    ),
]
_KL = "m, v = vae.encode(x)\nkl = 0.5 * np.mean(np.exp(v) + m**2 - 1 - v, axis=0)\ns = np.exp(0.5 * v)\nd = vae.decode(m)\n"
_SILENT, _EXACT, _DEAF = (
    "if (kl < 0.05).all():\n    return 'effondrement'\n",
    "if s.mean() < 0.02:\n    return 'encodeur déterministe'\n",
    "if np.ptp(d, axis=0).max() < 0.01:\n    return 'décodeur sourd'\n",
)
_DEAD, _WELL = "if (kl < 0.05).any():\n    return 'dimension morte'\n", "return 'sain'"
WRONG["training.diagnose"] = [
    (
        "z_mean, z_log_var = vae.encode(x)\nkl = 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)\nif kl.max() < 0.05:\n    return 'effondrement'\nif np.exp(0.5 * z_log_var).max() < 0.02:\n    return 'encodeur déterministe'\nif np.array_equal(vae.decode(z_mean[:1]), vae.decode(z_mean[1:2])):\n    return 'décodeur sourd'\nreturn 'dimension morte' if kl.min() < 0.05 else 'sain'",
        "decoder_never_asked",
    ),
    (
        _KL
        + "if (m.var(0) < 0.5).any():\n    return 'dimension morte'\n"
        + _SILENT
        + _EXACT
        + _DEAF
        + _WELL,
        "healthy_dimension_condemned",
    ),
    (
        _KL
        + _SILENT
        + _EXACT
        + _DEAF
        + "if (m.var(0) < 0.5).any():\n    return 'dimension morte'\n"
        + _WELL,
        "healthy_dimension_condemned",
    ),
    (_KL + _EXACT + _DEAF + _SILENT + _DEAD + _WELL, "decoder_blamed_for_the_collapse"),
    (_KL + _DEAD + _SILENT + _EXACT + _DEAF + _WELL, "all_dimensions_for_one"),
    (_KL + _SILENT + _DEAF + _DEAD + _WELL, "sigma_never_looked_at"),
    (_KL + _SILENT + _EXACT + _DEAD + _WELL, "decoder_never_asked"),
    (_KL + _SILENT + _EXACT + _DEAF + _WELL, "dead_dimension_hidden"),
    (_KL + _EXACT + _DEAF + _DEAD + _WELL, "decoder_blamed_for_the_collapse"),
    (
        _KL + "if (kl == 0).all():\n    return 'effondrement'\n" + _EXACT + _DEAF + _DEAD + _WELL,
        "decoder_blamed_for_the_collapse",
    ),
    (
        _KL + "if kl.mean() < 0.8:\n    return 'effondrement'\n" + _EXACT + _DEAF + _DEAD + _WELL,
        None,
    ),
    (
        _KL
        + _SILENT
        + "if s.mean() < 0.4:\n    return 'encodeur déterministe'\n"
        + _DEAF
        + _DEAD
        + _WELL,
        "small_sigma_condemned",
    ),
    (
        _KL
        + _SILENT
        + "if v.mean() < 0.02:\n    return 'encodeur déterministe'\n"
        + _DEAF
        + _DEAD
        + _WELL,
        "small_sigma_condemned",
    ),
    (
        _KL
        + "if s.mean() < 1.5:\n    return 'encodeur déterministe'\n"
        + _SILENT
        + _DEAF
        + _DEAD
        + _WELL,
        "always_the_same",
    ),
    (
        _KL
        + _SILENT
        + _EXACT
        + "if np.ptp(d) < 0.01:\n    return 'décodeur sourd'\n"
        + _DEAD
        + _WELL,
        "decoder_never_asked",
    ),
    (
        _KL
        + _SILENT
        + _EXACT
        + "if np.ptp(d, axis=0).max() == 0:\n    return 'décodeur sourd'\n"
        + _DEAD
        + _WELL,
        "decoder_never_asked",
    ),
    (
        _KL + _SILENT + _EXACT + "if d.std() < 0.3:\n    return 'décodeur sourd'\n" + _DEAD + _WELL,
        None,
    ),
    (_KL + "return 'dimension morte'", "always_the_same"),
    (_KL + _SILENT + _EXACT + _DEAF + _DEAD + "return 'healthy'", None),
    (_KL + _SILENT + _EXACT + _DEAF + _DEAD, None),
    (_KL + _SILENT.replace("'effondrement'", "True") + _EXACT + _DEAF + _DEAD + _WELL, None),
    (
        _KL
        + "kl = kl.mean()\n"
        + _SILENT.replace("(kl < 0.05).all()", "kl < 0.05")
        + _EXACT
        + _DEAF
        + "if kl < 0.5:\n    return 'dimension morte'\n"
        + _WELL,
        "dead_dimension_hidden",
    ),
    (
        _KL
        + "dead = m.std(0) < 1e-9\nif dead.all():\n    return 'effondrement'\n"
        + _EXACT
        + _DEAF
        + "if dead.any():\n    return 'dimension morte'\n"
        + _WELL,
        "decoder_blamed_for_the_collapse",
    ),
    (_KL + "return ['sain', 'effondrement']", None),
    (
        _KL
        + _SILENT
        + _EXACT
        + _DEAF
        + "if vae.latent_dim > 2:\n    return 'dimension morte'\n"
        + _WELL,
        None,
    ),
    (
        _KL
        + "r = vae.reconstruct(x)\nif np.mean((x - r) ** 2) > 0.01:\n    return 'effondrement'\n"
        + _EXACT
        + _DEAF
        + _DEAD
        + _WELL,
        "encoder_never_asked",
    ),
]

RIGHT = {
    "reparameterization.sample_z": [
        "return z_mean - tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean), dtype=z_mean.dtype)",
        "return z_mean + tf.sqrt(tf.exp(z_log_var)) * np.random.normal(size=z_mean.shape).astype(z_mean.dtype.as_numpy_dtype)",
        "return tf.random.normal(tf.shape(z_mean), z_mean, tf.exp(z_log_var / 2), dtype=z_mean.dtype)",
        "s = tf.exp(z_log_var) ** 0.5\nreturn tf.add(z_mean, tf.multiply(s, tf.random.normal(z_mean.shape, dtype=z_mean.dtype)))",
        "from keras import ops, random\nreturn z_mean + ops.exp(z_log_var / 2) * ops.cast(random.normal(ops.shape(z_mean)), z_mean.dtype)",
        "e = tf.math.ndtri(tf.random.uniform(tf.shape(z_mean), 1e-7, 1 - 1e-7, dtype=z_mean.dtype))\nreturn z_mean + tf.exp(0.5 * z_log_var) * e",
    ],
    "reparameterization.pathwise_gradient": [
        "s = np.sqrt(np.exp(z_log_var))\nreturn df_dz.mean(0), (df_dz * epsilon).mean(0) * s / 2",
        "k = len(df_dz)\nreturn np.array([df_dz.sum(0) / k, np.einsum('ij,ij->j', df_dz, epsilon) * np.exp(z_log_var / 2) / (2 * k)])",
        "s = tf.exp(0.5 * tf.constant(z_log_var))\nreturn tf.reduce_mean(df_dz, 0), tf.reduce_mean(0.5 * s * df_dz * epsilon, 0)",
        "e, s = tf.constant(epsilon), tf.Variable(z_log_var)\nwith tf.GradientTape() as tape:\n    z = tf.exp(0.5 * s) * e\nreturn df_dz.mean(0), tape.gradient(z, s, df_dz / len(df_dz))",
        "out = [sum(row) / len(df_dz) for row in df_dz.T]\nmore = [sum(a * b) / len(a) for a, b in zip(df_dz.T, epsilon.T)]\nreturn [out, [m * np.exp(l / 2) / 2 for m, l in zip(more, z_log_var)]]",
    ],
    "reparameterization.sample_laplace": [
        "return location - scale * tf.sign(u - 0.5) * tf.math.log(1 - 2 * tf.abs(u - 0.5))",
        "return location + scale * tf.sign(u - 0.5) * tf.math.log1p(-2 * tf.abs(u - 0.5))",
        "v = tf.minimum(u, 1 - u)\nreturn location + tf.sign(u - 0.5) * -scale * tf.math.log(2 * v)",
        "return tf.where(u > 0.5, location + scale * tf.math.log(2 * (1 - u)), location - scale * tf.math.log(2 * u))",
        "low = tf.math.log(2 * tf.minimum(u, 0.5))\nhigh = tf.math.log(2 * tf.minimum(1 - u, 0.5))\nreturn location + scale * (low - high)",
    ],
    "reparameterization_further.gradient_estimates": [
        "k = len(f)\nscore = k / (k - 1) * np.mean((f - f.mean()) * epsilon / sigma) + df_dmean.mean()\nreturn (df_dz + df_dmean).mean(), score",
        "k = len(f)\nb = np.array([np.delete(f, i).mean() for i in range(k)])\nreturn [np.mean(df_dz) + np.mean(df_dmean), np.mean((f - b) * epsilon) / sigma + np.mean(df_dmean)]",
        "k = len(f)\nb = (np.sum(f) - f) / (k - 1)\nz_gap = sigma * epsilon\nreturn np.array([np.mean(df_dz + df_dmean), np.mean((f - b) * z_gap / sigma**2 + df_dmean)])",
        "f = tf.constant(f)\nk = float(len(df_dz))\nb = (tf.reduce_sum(f) - f) / (k - 1)\nreturn tf.reduce_mean(df_dz + df_dmean), tf.reduce_mean((f - b) * epsilon / sigma + df_dmean)",
        "k = len(f)\ntotal = 0\nfor i in range(k):\n    rest = sum(f[j] for j in range(k) if j != i) / (k - 1)\n    total += (f[i] - rest) * epsilon[i] / sigma + df_dmean[i]\nreturn sum(df_dz + df_dmean) / k, total / k",
    ],
    "reparameterization_further.invented_law": [
        "z = a - b * tf.math.log(1 - u)\nreturn z, -(z - a) / b - tf.math.log(b)",
        "return a + b * u**2, -tf.math.log(2 * b * u)",
        "z = a * u**2 + b\nreturn z, -tf.math.log(tf.abs(2 * a * u))",
        "t = tf.math.ndtri(u)\nz = tf.exp(a + b * t)\nreturn z, -0.5 * t**2 - 0.5 * np.log(2 * np.pi) - tf.math.log(b) - tf.math.log(z)",
        "z = a + b * tf.sqrt(-2 * tf.math.log(1 - u))\nr = (z - a) / b\nreturn z, tf.math.log(r) - r**2 / 2 - tf.math.log(b)",
        "z = a + b * (-tf.math.log(1 - u)) ** 0.7\nslope = 0.7 * b * (-tf.math.log(1 - u)) ** -0.3 / (1 - u)\nreturn z, -tf.math.log(slope)",
    ],
    "training.reconstruction_terms": [
        "p = 1 / (1 + np.exp(-logits))\nce = np.maximum(logits, 0) - x * logits + np.log1p(np.exp(-np.abs(logits)))\nreturn ce.sum((1, 2, 3)), ((x - p) ** 2).sum((1, 2, 3))",
        "ce = tf.nn.sigmoid_cross_entropy_with_logits(x, logits)\nreturn tf.reduce_sum(ce, (1, 2, 3)), tf.reduce_sum(tf.square(x - tf.sigmoid(logits)), (1, 2, 3))",
        "n = len(x)\nx, l = x.reshape(n, -1), logits.reshape(n, -1)\nce = x * np.logaddexp(0, -l) + (1 - x) * np.logaddexp(0, l)\nreturn np.stack([ce.sum(1), ((x - 0.5 * (1 + np.tanh(l / 2))) ** 2).sum(1)])",
        "l = logits.astype('float64')\nce = np.log(1 + np.exp(l)) - x * l\nreturn ce.sum((1, 2, 3)), np.sum((x - 1 / (1 + np.exp(-l))) ** 2, axis=(1, 2, 3))",
        "from vae_keras.losses import bernoulli_log_likelihood\nreturn -bernoulli_log_likelihood(x, logits), tf.reduce_sum((x - tf.sigmoid(logits)) ** 2, (1, 2, 3))",
    ],
    "training.vae_train_step": [
        step(),
        step(DRAW=f"z_mean + tf.exp(0.5 * z_log_var) * {_EPS}"),
        step(LOSS="tf.reduce_mean(rec) + tf.reduce_mean(kl)"),
        step(LOSS="tf.reduce_sum(rec + kl) / tf.cast(tf.shape(x)[0], 'float32')"),
        step(APPLY="model.optimizer.apply_gradients(zip(g, model.trainable_variables))"),
        step()
        .replace("update_state(rec)", "update_state(tf.reduce_mean(rec))")
        .replace("update_state(kl)", "update_state(tf.reduce_mean(kl))"),
        step().replace(
            "model.reconstruction_mean.result()", "float(model.reconstruction_mean.result())"
        ),
    ],
    "training.draw_new_images": [
        _DRAW + "return tf.sigmoid(decoder(z))",
        "z = np.random.normal(size=(n, latent_dim)).astype('float32')\nreturn 1 / (1 + np.exp(-np.array(decoder(z))))",
        "z = tf.random.normal((n, decoder.input_shape[-1]))\nreturn tf.sigmoid(decoder(z, training=False)).numpy()",
        "images = [tf.sigmoid(decoder(tf.random.normal((1, latent_dim)))) for _ in range(n)]\nreturn tf.concat(images, 0)",
        "z = np.random.multivariate_normal(np.zeros(latent_dim), np.eye(latent_dim), n)\nreturn 0.5 * (1 + tf.tanh(decoder(z) / 2))",
    ],
    "training.diagnose": [
        "z_mean, z_log_var = vae.encode(x)\nkl = 0.5 * np.mean(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var, axis=0)\nif kl.max() < 0.05:\n    return 'effondrement'\nif np.exp(0.5 * z_log_var).max() < 0.02:\n    return 'encodeur déterministe'\nif np.allclose(vae.decode(z_mean[:1]), vae.decode(z_mean[1:2])):\n    return 'décodeur sourd'\nreturn 'dimension morte' if kl.min() < 0.05 else 'sain'",
        _KL + _SILENT + _EXACT + _DEAF + _DEAD + _WELL,
        _KL
        + "dead = (m.std(0) < 0.05) & (np.abs(s.mean(0) - 1) < 0.1)\n"
        + "if dead.all():\n    return 'effondrement'\n"
        + _DEAF
        + _EXACT
        + "return 'dimension morte' if dead.any() else 'sain'",
        _KL + _SILENT + _DEAF + _EXACT + _DEAD + "return 'Sain'",
        _KL
        + "if (kl < 0.01).all():\n    return 'Effondrement'\nif np.median(v) < -9:\n    return 'encodeur deterministe'\nif vae.generate(50).std(0).max() < 1e-3:\n    return 'decodeur sourd'\nreturn 'dimension morte' if kl.min() < 0.01 else 'sain'",
        _KL
        + "speaks = m.var(0) > 0.02\nif not speaks.any():\n    return 'effondrement'\nif s[:, speaks].max() < 0.01:\n    return 'encodeur déterministe'\n"
        + _DEAF
        + "return 'sain' if speaks.all() else 'dimension morte'",
    ],
}
