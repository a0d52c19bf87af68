"""The replicas of `tf.distribute` that share a batch; with one, or none, nothing changes."""

import tensorflow as tf


def replicas():
    """The context of several replicas that share a batch; None where there is one."""
    context = tf.distribute.get_replica_context()
    return None if context is None or context.num_replicas_in_sync == 1 else context


def sum_over_replicas(*values):
    """Each of the tensors, summed over the replicas: the same on every one."""
    context = replicas()
    if context is None:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, [*values])


def place_in_batch(count):
    """Where this replica's `count` rows begin in the whole batch, and how many that has."""
    context = replicas()
    if context is None:
        return 0, count
    shares = context.all_gather(tf.reshape(count, (1,)), axis=0)
    return tf.reduce_sum(shares[: context.replica_id_in_sync_group]), tf.reduce_sum(shares)
