"""The platform's XML documents, read without following anything in them (wecom-protocol 1.3, 2, 6.5)."""

from xml.parsers import expat

from bot.channels.base import Malformed

_MAX_DEPTH = 20


class _Reader:
    """Collects the text of the elements directly below the root `xml`; whitespace inside them is kept."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        self._path.append(tag)
        if self._path[0] != "xml" or len(self._path) > _MAX_DEPTH:
            raise Malformed("not a document of the platform")
        if len(self._path) == 2:
            self._text = []

    def end(self, tag: str) -> None:
        """An element ends; of two with the same name the first counts."""
        if len(self._path) == 2:
            self.fields.setdefault(tag, "".join(self._text))
        self._path.pop()

    def data(self, text: str) -> None:
        """Text; that of deeper elements is not needed."""
        if len(self._path) == 2:
            self._text.append(text)

    def refuse(self, *_arguments: object) -> None:
        """A document type or an entity: the platform sends none."""
        raise Malformed("document type or entity in the XML")


def fields(document: bytes) -> dict[str, str]:
    """Text of the elements below the root by name. Raises Malformed: no XML, another root, a DOCTYPE, too deep."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        raise Malformed("not XML") from None
    return reader.fields
