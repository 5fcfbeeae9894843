"""Simulations: do the statistical methods keep what they promise?"""
