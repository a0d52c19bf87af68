"""Legends below the axes, where they hide nothing."""

LEGEND_ROW = 0.22  # inches, the height of a row of names


def names_in_a_row(names, width):
    """How many names of a legend fit side by side, in inches."""
    longest = max(len(str(name)) for name in names)
    return max(1, min(len(names), int(width / (0.075 * longest + 0.65))))
