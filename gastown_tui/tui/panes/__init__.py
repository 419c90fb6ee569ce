"""Captured agent screens: parsed, cropped to what a tile has room for, and made legible in the present theme."""
