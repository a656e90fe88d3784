"""What the results of a class say about a lesson: scores, each exercise's difficulty and discrimination, messages.

The two figures of classical test theory, as in R. L. Ebel and D. A. Frisbie (1991), Essentials of Educational
Measurement: difficulty is the mean share of an exercise's points (an easy one is near 1); discrimination is the
correlation of its points with the points of all the other exercises (good above 0.3; near 0 or below, those who know
the rest fail here as often as anybody: look at the exercise, or at its tests).
"""
import collections
import re

import numpy as np

FEWEST_FOR_DISCRIMINATION = 5      # submissions; below that a correlation says nothing
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def exercise_figures(results):
    """One dict per exercise of a lesson, in the lesson's order.

    results: all results of one lesson. Keys: "exercise" ("2.3", or "2.3p" for a prediction), "max_points",
    "mean_points", "difficulty" (0 to 1), "discrimination" (-1 to 1, or None), "attempted" (share of the submissions),
    "statuses" (how often each status was given to one of its tests).
    """
    tests = [test for result in results for test in result["tests"]]
    exercises = list(dict.fromkeys(test["exercise"] for test in tests))
    points = np.array([[sum(test["points"] for test in result["tests"] if test["exercise"] == exercise)
                        for exercise in exercises] for result in results], dtype=float)
    figures = []
    for column, exercise in enumerate(exercises):
        mine = [test for test in tests if test["exercise"] == exercise]
        most = sum(test["max_points"] for test in mine) / len(results)
        others = points.sum(1) - points[:, column]
        reached = [any(test["status"] not in ("not attempted", "unreadable") for test in result["tests"]
                       if test["exercise"] == exercise) for result in results]
        figures.append({
            "exercise": exercise, "max_points": most, "mean_points": points[:, column].mean(),
            "difficulty": points[:, column].mean() / most if most else 0.0,
            "discrimination": _correlation(points[:, column], others), "attempted": float(np.mean(reached)),
            "statuses": dict(collections.Counter(test["status"] for test in mine).most_common())})
    return figures


def _correlation(mine, others):
    if len(mine) < FEWEST_FOR_DISCRIMINATION or np.ptp(mine) == 0 or np.ptp(others) == 0:
        return None
    return float(np.corrcoef(mine, others)[0, 1])


def commonest_messages(results, most=12):
    """What the tests said most often to students who lost points: messages that differ in numbers only are one.

    Returns dicts, the most frequent first: "count" (submissions), "test", "message" (one of them as an example).
    """
    seen = collections.defaultdict(dict)
    for result in results:
        for test in result["tests"]:
            if test["message"] and test["points"] < test["max_points"] and test["status"] not in ("not attempted", "unreadable"):
                seen[test["id"], NUMBER.sub("#", test["message"])][result["student"]] = test["message"]
    order = sorted(seen.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"count": len(students), "test": test, "message": next(iter(students.values()))}
            for (test, _), students in order[:most]]


def summary(results):
    """Headline figures of one lesson: n, mean, median, spread (standard deviation), best possible, statuses."""
    scores = np.array([result["score"] for result in results], dtype=float)
    return {"n": len(results), "mean": scores.mean(), "median": float(np.median(scores)),
            "spread": scores.std(ddof=1) if len(scores) > 1 else 0.0,
            "max_score": max(result["max_score"] for result in results),
            "statuses": dict(collections.Counter(result["status"] for result in results).most_common())}
