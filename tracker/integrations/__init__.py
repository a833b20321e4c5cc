"""Loggers for frameworks, one a file, each as small as its framework allows.

`from tracker.integrations.keras import TrackerCallback`, and so on; a file imports its framework, so import only the
one you use. All of them log to the run that they are given, else to the module's current run (`tracker.init`), else
to a run of their own, which they finish when the training ends.
"""
