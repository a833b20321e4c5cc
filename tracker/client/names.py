"""Readable names for runs that were given none: adjective-noun-number."""

from __future__ import annotations

import os

ADJECTIVES = """amber ample apt ardent balmy bold brave bright brisk calm candid clear clever cosy crisp dapper daring deft
    eager early fair fleet fond frank fresh gentle glad golden grand hardy hazel honest humble jolly keen kind lively
    lucid lucky mellow merry mild modest neat nimble noble patient placid plucky polite proud quick quiet rapid ready
    robust rosy sage serene sharp silver sleek smart snug solid sprightly stable steady sturdy subtle sunny swift tidy
    tranquil trusty upbeat vivid warm wise witty zesty"""
NOUNS = """acorn alder aspen badger beacon birch bison brook canyon cedar clover comet condor coral crane creek cricket
    dale delta dune eagle ember falcon fern finch fjord forest fox garnet glade glen grove gull harbor hawk hazel heath
    heron hill ibex iris island ivy jay juniper kestrel lagoon lake lark lichen linden lotus lynx maple marlin marsh
    meadow meteor moss oak ocean orchid osprey otter owl peak pebble pine plover pond poplar quail quartz rain raven
    reef ridge river robin sable salmon sparrow spruce stream summit swan thicket thrush tide tulip valley walnut
    willow wren zephyr"""


def readable_name() -> str:
    """Return a random name such as `quiet-otter-412`; unlike the run's id, it need not be unique."""
    adjectives, nouns = ADJECTIVES.split(), NOUNS.split()
    return f"{adjectives[_any(len(adjectives))]}-{nouns[_any(len(nouns))]}-{_any(900) + 100}"


def _any(many: int) -> int:
    return int.from_bytes(os.urandom(8), "big") % many
