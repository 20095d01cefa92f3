"""Pure: an answer and the truth give a Score, and scores give statistics. One file for each metric."""

from edgetui.scoring.judging import judge, score
from edgetui.scoring.metric import Answer, Metric
from edgetui.scoring.registry import find_metric

__all__ = ["Answer", "Metric", "find_metric", "judge", "score"]
