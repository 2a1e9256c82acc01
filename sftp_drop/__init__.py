"""The drop server: accounts, folders and finished uploads."""
