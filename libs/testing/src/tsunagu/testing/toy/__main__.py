"""`python -m tsunagu.testing.toy` runs the toy as a process; TOY_FAULT=place:action:passes lets it break there."""

import os

from tsunagu.chassis.__main__ import serve
from tsunagu.chassis.settings import chassis_settings
from tsunagu.testing.fault_points import strike_at
from tsunagu.testing.toy.app import toy_service

if fault := os.environ.get("TOY_FAULT"):
    place, action, passes = fault.split(":")
    strike_at(place, action, int(passes))
serve(toy_service(os.environ["TOY_SOURCE"], os.environ["TOY_TARGET"]), chassis_settings())
