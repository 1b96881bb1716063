"""What the DAG files are made of (调度): assets, the drop-area trigger, documentation and task bodies.

DAG files stay thin and import from here; nothing here reads settings, files or the network when it is
imported.
"""
