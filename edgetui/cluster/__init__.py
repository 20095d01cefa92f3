"""Keeps Links open, folds Samples into States, queues and fires Runs.

``Cluster`` (cluster.core) lives in an asyncio loop. ``Background`` (cluster.background) runs one in a thread of
its own, so that neither a stalled terminal nor a slow paint delays a frame; the screen only reads frozen States.
"""
