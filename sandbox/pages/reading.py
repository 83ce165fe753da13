"""Gathers what a page shows: a record with its parents' names, its lists of children, lists, search results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from drawbar.sandbox.pages.layouts import HIDDEN, OTHERS, Layout, layout_of
from drawbar.sandbox.pages.shown import NOTHING, shown
from drawbar.sandbox.reading import read_by_ids
from drawbar.sandbox.schema import Field, Schema, SObject
from drawbar.sandbox.seeds import INTEGRATION_USER_ID
from drawbar.sandbox.soql.shapes import Record
from drawbar.sandbox.store import Org
from drawbar.sandbox.tables import kept_fields, quoted

ROWS_IN_RELATED_LIST = 10
ROWS_IN_LIST = 50
ROWS_FOUND = 10
SHORTEST_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as a page shows it; `link` leads to the record that a lookup names."""

    label: str
    text: str
    link: str = ""
    help_text: str = ""
    numeric: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one object; `count` is how many there are in all, `link` where the others are."""

    title: str
    sobject: SObject
    columns: tuple[Shown, ...]
    rows: tuple[tuple[Shown, ...], ...]
    count: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class ListChoice:
    """What a related list shows: rows whose lookup `by` names the record, latest by `order` first."""

    title: str
    object_name: str
    by: str
    columns: tuple[str, ...]
    order: str
    most: int


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The page of one record."""

    sobject: SObject
    name: str
    highlights: tuple[Shown, ...]
    sections: tuple[tuple[str, tuple[Shown, ...]], ...]
    tables: tuple[Table, ...]
    last_synced: str


def record_link(sobject: SObject, record_id: object) -> str:
    """Give the address of a record's page."""
    return f"/lightning/r/{sobject.name}/{record_id}/view"


class PageReader:
    """Reads for the pages of an org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    @property
    def _schema(self) -> Schema:
        return self._org.schema

    def looked_at(self) -> list[tuple[SObject, int]]:
        """Give the objects that people look at, with the number of their records."""
        objects = (each for each in self._schema if each.custom or each.recorded)
        return [(each, self.count(each)) for each in sorted(objects, key=lambda each: each.label_plural)]

    def count(self, sobject: SObject, column: str | None = None, value: str | None = None) -> int:
        """Count the records of an object, all or those whose lookup `column` holds `value`."""
        where, values = _where(sobject, column, value)
        rows = self._org.read(f"SELECT COUNT(*) FROM {quoted(sobject.name)}{where}", values)  # noqa: S608 - names of the schema
        return int(str(rows[0][0]))

    def id_by(self, sobject: SObject, field_name: str, value: str) -> str | None:
        """Find the one record that holds a value in a field; None when there is none."""
        where, values = _where(sobject, field_name, value)
        rows = self._org.read(f'SELECT "Id" FROM {quoted(sobject.name)}{where} LIMIT 1', values)  # noqa: S608 - names of the schema
        return str(rows[0][0]) if rows else None

    def record_page(self, sobject: SObject, record_id: str) -> RecordPage | None:
        """Gather the page of a record; None when it is not there or was deleted."""
        layout = layout_of(sobject)
        show = self.fields(sobject, record_id)
        if not show:
            return None
        synced = show.get("Last_Synced__c")
        return RecordPage(
            sobject=sobject,
            name=self.name_of(sobject, record_id),
            highlights=tuple(show[each] for each in layout.highlights),
            sections=tuple(_filled_sections(layout, show)),
            tables=tuple(self._tables(sobject, layout, record_id)),
            last_synced=synced.text if synced and synced.text != NOTHING else "",
        )

    def fields(self, sobject: SObject, record_id: str) -> Mapping[str, Shown]:
        """Give every field of a record as a page shows it; none when the record is not there or was deleted."""
        names = [each.name for each in sobject.fields if each.name not in HIDDEN]
        records = self._records(sobject, names, [record_id])
        parents = self._names_of_parents(sobject, records)
        return {name: self._shown(sobject, name, record, parents) for record in records for name in names}

    def name_of(self, sobject: SObject, record_id: str) -> str:
        """Give what people call a record: its name field, else its id."""
        return self._names(sobject.name, [record_id]).get(record_id) or record_id

    def _records(self, sobject: SObject, names: Iterable[str], ids: Sequence[str]) -> list[Record]:
        """Read records in the order of the ids."""
        found = read_by_ids(self._org, sobject, names, ids, user_id=INTEGRATION_USER_ID)
        return [found[each] for each in ids if each in found]

    def _names_of_parents(self, sobject: SObject, records: Sequence[Record]) -> Mapping[str, str]:
        wanted: dict[str, set[str]] = defaultdict(set)
        for field in sobject.fields:
            for record in records if field.type == "reference" else ():
                parent_id = record.get(field.name)
                parent = self._schema.by_id(parent_id) if isinstance(parent_id, str) else None
                if parent is not None:
                    wanted[parent.name].add(str(parent_id))
        names: dict[str, str] = {}
        for object_name, ids in wanted.items():
            names |= self._names(object_name, sorted(ids))
        return names

    def _names(self, object_name: str, ids: Sequence[str]) -> Mapping[str, str]:
        sobject = self._schema.get(object_name)
        if sobject is None or sobject.name_field is None:
            return {}
        marks = ", ".join("?" * len(ids))
        rows = self._org.read(
            f'SELECT "Id", {quoted(sobject.name_field.name)} FROM {quoted(sobject.name)} WHERE "Id" IN ({marks})',  # noqa: S608 - names of the schema
            list(ids),
        )
        return {str(record_id): str(name) for record_id, name in rows}

    def _shown(self, sobject: SObject, name: str, record: Record, parents: Mapping[str, str]) -> Shown:
        field = sobject.field(name)
        if field is None:
            return Shown(name, NOTHING)
        value = record.get(field.name)
        text, link = _address(value) if isinstance(value, dict) else shown(field, value), ""
        parent = self._schema.by_id(value) if field.type == "reference" and isinstance(value, str) else None
        if parent is not None:
            text, link = parents.get(str(value), str(value)), record_link(parent, value)
        elif field.name_field:
            link = record_link(sobject, record["Id"])
        return Shown(_label(field), text, link, field.help_text or "", _is_numeric(field), field.long_text)

    def _tables(self, sobject: SObject, layout: Layout, record_id: str) -> Iterator[Table]:
        places = {name: place for place, name in enumerate(layout.related)}
        children = sorted(sobject.children, key=lambda each: (places.get(each.child, len(places)), each.child))
        for child in children:
            rows_of = self._schema.get(child.child)
            field = rows_of.field(child.field) if rows_of else None
            if rows_of is None or field is None or not (rows_of.custom or rows_of.recorded):
                continue
            count = self.count(rows_of, field.name, record_id)
            if count or child.child in places:
                link = f"/lightning/o/{rows_of.name}/list?by={field.name}&id={record_id}"
                yield self._table(rows_of, field.name, record_id, count, ROWS_IN_RELATED_LIST, link)

    def list_table(self, sobject: SObject, *, by: str | None, value: str | None, start: int) -> Table:
        """Gather a part of the list of an object's records, all or those whose lookup `by` holds `value`."""
        count = self.count(sobject, by, value)
        return self._table(sobject, by, value, count, ROWS_IN_LIST, start=start)

    def _table(
        self, sobject: SObject, by: str | None, value: str | None, count: int, most: int, link: str = "", start: int = 0
    ) -> Table:
        layout = layout_of(sobject)
        where, values = _where(sobject, by, value)
        rows = self._org.read(
            f'SELECT "Id" FROM {quoted(sobject.name)}{where}'  # noqa: S608 - names of the schema
            f' ORDER BY {quoted(layout.order)} DESC, "Id" DESC LIMIT ? OFFSET ?',
            [*values, most, start],
        )
        return self._filled(sobject, layout.columns, [str(row[0]) for row in rows], count, link)

    def related(self, choice: ListChoice, record_id: str) -> Table | None:
        """Gather a related list as a Lightning page describes it; None when the object lacks what it names."""
        rows_of = self._schema.get(choice.object_name)
        order = rows_of.field(choice.order) if rows_of else None
        if rows_of is None or order is None or any(rows_of.field(each) is None for each in choice.columns):
            return None
        where, values = _where(rows_of, choice.by, record_id)
        rows = self._org.read(
            f'SELECT "Id" FROM {quoted(rows_of.name)}{where}'  # noqa: S608 - names of the schema
            f' ORDER BY {quoted(order.name)} DESC, "Id" DESC LIMIT ?',
            [*values, choice.most],
        )
        link = f"/lightning/o/{rows_of.name}/list?by={choice.by}&id={record_id}"
        count = self.count(rows_of, choice.by, record_id)
        table = self._filled(rows_of, choice.columns, [str(row[0]) for row in rows], count, link)
        return replace(table, title=choice.title)

    def _filled(
        self, sobject: SObject, columns: Sequence[str], ids: Sequence[str], count: int, link: str = ""
    ) -> Table:
        records = self._records(sobject, columns, ids)
        parents = self._names_of_parents(sobject, records)
        empty: Record = {"Id": ""}
        return Table(
            title=sobject.label_plural,
            sobject=sobject,
            columns=tuple(self._shown(sobject, name, empty, {}) for name in columns),
            rows=tuple(tuple(self._shown(sobject, name, each, parents) for name in columns) for each in records),
            count=count,
            link=link,
        )

    def search(self, text: str) -> list[Table]:
        """Find records whose name or one of whose keys begins with a text, or whose name contains it."""
        if len(text) < SHORTEST_SEARCH:
            return []
        found = ((each, self._found(each, text)) for each, _ in self.looked_at())
        return [self._filled(each, layout_of(each).columns, ids, len(ids)) for each, ids in found if ids]

    def _found(self, sobject: SObject, text: str) -> list[str]:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        keys = [
            each
            for each in kept_fields(sobject)
            if each.name_field or each.external_id or each.name in {"VIN__c", "Subject"}
        ]
        tests = " OR ".join(f"{quoted(each.name)} LIKE ? ESCAPE '\\'" for each in keys)
        patterns = [f"%{escaped}%" if each.name_field else f"{escaped}%" for each in keys]
        rows = self._org.read(
            f'SELECT "Id" FROM {quoted(sobject.name)} WHERE "IsDeleted" = 0 AND ({tests}) LIMIT ?',  # noqa: S608 - names of the schema
            [*patterns, ROWS_FOUND],
        )
        return [str(row[0]) for row in rows]


def _where(sobject: SObject, column: str | None, value: str | None) -> tuple[str, list[str]]:
    tests = ['"IsDeleted" = 0'] if sobject.field("IsDeleted") else []
    if column is not None and value is not None:
        tests.append(f"{quoted(column)} = ?")
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return where, [value] if column is not None and value is not None else []


def _label(field: Field) -> str:
    """Name a lookup as people do: `Owner`, not `Owner ID`."""
    return field.label.removesuffix(" ID") if field.type == "reference" else field.label


def _filled_sections(layout: Layout, show: Mapping[str, Shown]) -> Iterator[tuple[str, tuple[Shown, ...]]]:
    for section in layout.sections:
        values = [show[name] for name in section.fields]
        filled = [each for each in values if each.text != NOTHING] if section.title == OTHERS else values
        if filled:
            yield section.title, tuple(filled)


def _is_numeric(field: Field) -> bool:
    return field.type in {"currency", "double", "percent", "int"}


def _address(value: Mapping[str, object]) -> str:
    town = " ".join(str(value[each]) for each in ("state", "postalCode") if value.get(each))
    parts = (value.get("street"), value.get("city"), town, value.get("country"))
    return ", ".join(str(each) for each in parts if each) or NOTHING
