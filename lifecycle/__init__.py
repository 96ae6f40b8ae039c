"""Decides what may happen to a customer account, records what did happen, and explains both."""
