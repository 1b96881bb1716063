"""The portal (门户) of officers and departments: a server-rendered web application with its own log-in.

It reads the database in the portal role alone, which row-level security binds to the officer's area,
and shows persons masked: `views` is the only place where a row becomes something to be shown.
`bangfu.portal.app.create_app` makes the application; importing this package does nothing.
"""
