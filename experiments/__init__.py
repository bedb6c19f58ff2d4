"""Configurations of the shipped weights, and the tables that compare what the method is made of."""
