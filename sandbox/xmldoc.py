"""The small XML of callbacks and passive replies: one root, elements, repeated siblings for lists."""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


class XmlError(Exception):
    """A document that is no XML or carries a declaration."""


def text_node(value: str, cdata: bool) -> str:
    """`value` as CDATA or escaped text; characters XML forbids are left out."""
    clean = NOT_XML.sub("", value)
    if cdata:
        return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def element(name: str, value: object, cdata: bool = True) -> str:
    """One element; a mapping nests, a list repeats the element, a number is written bare."""
    if isinstance(value, Mapping):
        return f"<{name}>{fields(value, cdata)}</{name}>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(element(name, item, cdata) for item in value)
    content = text_node(value, cdata) if isinstance(value, str) else str(value)
    return f"<{name}>{content}</{name}>"


def fields(values: Mapping[str, object], cdata: bool = True) -> str:
    """The elements of a mapping, in its order."""
    return "".join(element(name, value, cdata) for name, value in values.items())


def document(values: Mapping[str, object], cdata: bool = True) -> str:
    """A document with root `xml`."""
    return f"<xml>{fields(values, cdata)}</xml>"


def parse(text: str) -> ElementTree.Element:
    """The root element; raises XmlError, also for any DOCTYPE or ENTITY."""
    if DECLARATION.search(text):
        raise XmlError("declarations are refused")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise XmlError(str(error)) from error


def child(node: ElementTree.Element, name: str) -> str:
    """The text of the child `name`, empty when absent."""
    return node.findtext(name) or ""
