"""The Core package: installed in every property."""

from __future__ import annotations

from extensions.contract import Package
from extensions.core.constant import CONSTANT
from extensions.core.cookie import COOKIE
from extensions.core.date_range import DATE_RANGE
from extensions.core.http_header import HTTP_HEADER
from extensions.core.ip import IP
from extensions.core.path import PATH
from extensions.core.query_parameter import QUERY_PARAMETER
from extensions.core.secret import SECRET
from extensions.core.template import TEMPLATE
from extensions.core.timestamp import TIMESTAMP
from extensions.core.user_agent import USER_AGENT
from extensions.core.value_comparison import VALUE_COMPARISON

PACKAGE = Package(
    id="core",
    name="Core",
    publisher="CAPI Admin",
    version="1.0.0",
    promise="The conditions and data elements that every property starts with.",
    icon="core.svg",
    schema={"type": "object", "properties": {}, "additionalProperties": False},
    conditions=(VALUE_COMPARISON, DATE_RANGE),
    data_elements=(
        PATH,
        CONSTANT,
        TEMPLATE,
        QUERY_PARAMETER,
        COOKIE,
        HTTP_HEADER,
        IP,
        USER_AGENT,
        TIMESTAMP,
        SECRET,
    ),
    preinstalled=True,
)
