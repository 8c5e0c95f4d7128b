"""Pictures of a heap as data, by the standard library alone: import from the modules.

walk() ──> classes ──> strip ──> picture ──> png     pixels of class codes, hatched, in a file
                         ├─────────────────> svg     strips with legend and tooltips
                         ├─────────────────> textmap letters; events as sentences
                         └─────────────────> swatch  several zones, in all three ways
            palette: colours and hatches, one per class
"""
