"""Pieces of furniture, each a function that returns its parts.

Every piece is built in its own frame: x to the right for someone facing it, its front towards -y, z up, metres.
Free-standing pieces have their origin on the floor under their middle, wall pieces on the wall's face.
"""
