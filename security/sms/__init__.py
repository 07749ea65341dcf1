"""Conversations by SMS: pure rules of what arrives and of what is sent."""
