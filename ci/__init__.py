"""The pipeline, its tasks, and the environments that they run in."""
