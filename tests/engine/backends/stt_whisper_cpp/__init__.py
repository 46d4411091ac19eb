"""Tests of the recogniser: on the real programs, with models generated here."""
