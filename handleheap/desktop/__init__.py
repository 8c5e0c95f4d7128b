"""The window toolkit of the demos, in the style of Windows 3.1: 640 x 480, palette indices, bitmap faces, no polling.

box fonts skin events      plain values, no pygame
backend -> canvas          the one import of pygame; integer drawing into an 8-bit surface
look win31                 what a look is, and one: frames, bevels, bars, as functions over a canvas
editing lines grip         texts: what is changed at a caret, where lines break; what the mouse does to a scroll bar
widget …box menu field     the things that hold a value and answer to events
window drag feet gestures manager desk     windows, what is done to them by hand, and who does it
screen                     a real window with integer scaling, or none at all
"""
