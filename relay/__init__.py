"""Carries an arrow of the design to another host: Unix socket, mutual TLS 1.3, Unix socket.

A process of its own beside each process that has an end of such an arrow. It alone holds that
end's certificate and sees the network; it holds no credential and reads nothing that it carries.
"""
