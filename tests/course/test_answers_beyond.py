"""Chapter 14: right answers that are written in another way."""

import pytest
from notebook_cells import answer_of, numbered

ANSWERS = {
    "beyond.two_layer_kl": [
        # In the unit of the prior, as the ladder does it.
        "u = (mean_1 - prior_mean_1) / np.exp(0.5 * prior_log_var_1)\n"
        "log_var = log_var_1 - prior_log_var_1\n"
        "return kl_divergence(np.hstack([u, mean_2]), np.hstack([log_var, log_var_2]))",
        "def kl(m, s, p, t):\n"
        "    return ops.sum(t - s + (ops.exp(s) + (m - p) ** 2) / ops.exp(t) - 1, axis=-1) / 2\n"
        "top = kl(mean_2, log_var_2, 0.0 * mean_2, 0.0 * log_var_2)\n"
        "return kl(mean_1, log_var_1, prior_mean_1, prior_log_var_1) + top",
    ],
    "beyond.nearest_codes": [
        "squares = np.sum(codebook**2, axis=1) - 2 * z @ codebook.T\n"
        "return np.argmin(squares, axis=-1)",
        "gap = tf.norm(tf.expand_dims(z, -2) - codebook, axis=-1)\nreturn tf.argmin(gap, axis=-1)",
        "flat = z.reshape(-1, z.shape[-1])\n"
        "k = [int(np.argmin([np.linalg.norm(v - e) for e in codebook])) for v in flat]\n"
        "return np.array(k).reshape(z.shape[:-1])",
    ],
    "beyond.straight_through": [
        "return z + tf.stop_gradient(vectors - z)",
        "return ops.stop_gradient(vectors) + (z - ops.stop_gradient(z))",
        "@tf.custom_gradient\ndef passed(z):\n"
        "    return tf.identity(vectors), lambda upstream: upstream\n"
        "return passed(tf.identity(z))",
    ],
    "beyond.codebook_losses": [
        "def square(v):\n    return tf.reduce_sum(tf.reshape(v, (len(v), -1)) ** 2, axis=1)\n"
        "still_z, still_e = tf.stop_gradient(z), tf.stop_gradient(vectors)\n"
        "return commitment * square(still_e - z) + square(vectors - still_z)",
    ],
    "beyond.perplexity": [
        "_, counts = np.unique(codes, return_counts=True)\n"
        "f = counts / counts.sum()\nreturn np.prod(f**-f)",
        "f = np.bincount(codes.ravel()) / codes.size\n"
        "return 2 ** -sum(p * np.log2(p) for p in f if p > 0)",
    ],
    "beyond.code_probabilities": [
        # The place, and the code above, alone.
        "above = np.pad(codes, ((0, 0), (1, 0), (0, 0)))[:, :-1]\n"
        "seen = np.pad(codes_train, ((0, 0), (1, 0), (0, 0)))[:, :-1]\n"
        "counts = np.full((7, 7, num_codes, num_codes), 0.05)\n"
        "rows, columns = np.indices((7, 7))\n"
        "np.add.at(counts, (rows, columns, seen, codes_train), 1)\n"
        "p = counts / counts.sum(axis=-1, keepdims=True)\n"
        "return p[rows, columns, above]",
    ],
}


@pytest.mark.parametrize(("exercise", "body"), numbered(ANSWERS))
def test_a_right_answer_passes_in_whatever_way_it_is_written(exercise, body):
    verdict = exercise.judge(answer_of(exercise, body))
    assert (verdict.status, verdict.message) == ("passed", exercise.success)
