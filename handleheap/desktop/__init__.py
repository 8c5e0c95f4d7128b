"""The window toolkit of the demos, in the style of Windows 3.1: 640 x 480, palette indices, bitmap faces, no polling.

box fonts skin events      plain values, no pygame
backend -> canvas          the one import of pygame; integer drawing into an 8-bit surface
win31                      the look: frames, bevels, bars, as functions over a canvas
widget listbox menu window desk   the things that hold a value and answer to events
screen                     a real window with integer scaling, or none at all
"""
