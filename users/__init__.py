"""Accounts and their profiles, and what is said when something happens to them."""
