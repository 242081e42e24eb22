"""The Core package: installed in every property."""

from __future__ import annotations

from extensions.contract import Package
from extensions.core import custom_code
from extensions.core.consent import CONSENT
from extensions.core.constant import CONSTANT
from extensions.core.cookie import COOKIE
from extensions.core.date_range import DATE_RANGE
from extensions.core.hash_value import HASH
from extensions.core.http_header import HTTP_HEADER
from extensions.core.ip import IP
from extensions.core.json_object import JSON_OBJECT
from extensions.core.lookup_table import LOOKUP_TABLE
from extensions.core.path import PATH
from extensions.core.query_parameter import QUERY_PARAMETER
from extensions.core.random_number import RANDOM_NUMBER
from extensions.core.sampling import SAMPLING
from extensions.core.secret import SECRET
from extensions.core.template import TEMPLATE
from extensions.core.timestamp import TIMESTAMP
from extensions.core.unique_id import UNIQUE_ID
from extensions.core.user_agent import USER_AGENT
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.core.value_exists import VALUE_EXISTS
from extensions.core.value_in_list import VALUE_IN_LIST

PACKAGE = Package(
    id="core",
    name="Core",
    publisher="CAPI Admin",
    version="1.0.0",
    promise="The conditions and data elements that every property starts with.",
    icon="core.svg",
    schema={"type": "object", "properties": {}, "additionalProperties": False},
    conditions=(
        VALUE_COMPARISON,
        VALUE_EXISTS,
        VALUE_IN_LIST,
        CONSENT,
        DATE_RANGE,
        SAMPLING,
        custom_code.CONDITION,
    ),
    actions=(custom_code.ACTION,),
    data_elements=(
        PATH,
        CONSTANT,
        TEMPLATE,
        LOOKUP_TABLE,
        JSON_OBJECT,
        TIMESTAMP,
        QUERY_PARAMETER,
        COOKIE,
        HTTP_HEADER,
        IP,
        USER_AGENT,
        HASH,
        UNIQUE_ID,
        RANDOM_NUMBER,
        SECRET,
        custom_code.DATA_ELEMENT,
    ),
    preinstalled=True,
)
