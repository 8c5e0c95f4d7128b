"""The trace player: a recorded program on a Kernel of its own, played until a request fails, compacted, and played on."""
