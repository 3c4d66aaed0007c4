"""Medians, edges and means of measurements."""

import math


def distribution(samples):
    """Median, 10th and 90th of a hundred, least and most."""
    ordered = sorted(samples)

    def at(part):
        place = part * (len(ordered) - 1)
        below = int(place)
        rest = place - below
        return ordered[below] if rest == 0 else ordered[below] * (1 - rest) + ordered[below + 1] * rest

    return {"median": at(0.5), "p10": at(0.1), "p90": at(0.9), "min": ordered[0], "max": ordered[-1]}


def spread(row):
    """Half the distance of the edges, as a part of the median."""
    return (row["p90"] - row["p10"]) / 2 / row["median"] if row["median"] > 0 else 0.0


def geometric_mean(values):
    values = [value for value in values if value > 0]
    return math.exp(sum(math.log(value) for value in values) / len(values)) if values else 0.0
