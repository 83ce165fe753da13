"""Writes small SFDX projects, for tests that need an org of their own shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

Xml = str | bool | int | list["Xml"] | Mapping[str, "Xml"]


def _children(name: str, value: Xml) -> str:
    if isinstance(value, list):
        return "".join(_children(name, each) for each in value)
    if isinstance(value, Mapping):
        inner = "".join(_children(key, each) for key, each in value.items())
        return f"<{name}>{inner}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


class Project:
    """An SFDX project below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / "force-app" / "main" / "default" / "objects"

    def object(self, name: str, *, name_field: Mapping[str, Xml] | None = None, **settings: Xml) -> None:
        """Add a custom object."""
        named = name_field or {"label": "Name", "type": "Text"}
        label = settings.pop("label", name.removesuffix("__c").replace("_", " "))
        content = {"label": label, "pluralLabel": f"{label}s", "nameField": named, **settings}
        self.write(f"objects/{name}/{name}.object-meta.xml", "CustomObject", content)

    def field(self, object_name: str, name: str, kind: str, **settings: Xml) -> None:
        """Add a field."""
        content: dict[str, Xml] = {"fullName": name, "label": name.removesuffix("__c").replace("_", " "), "type": kind}
        path = f"objects/{object_name}/fields/{name}.field-meta.xml"
        self.write(path, "CustomField", {**content, **settings})

    def rule(self, object_name: str, name: str, formula: str, message: str, **settings: Xml) -> None:
        """Add an active validation rule."""
        content: dict[str, Xml] = {
            "fullName": name,
            "active": True,
            "errorConditionFormula": formula,
            "errorMessage": message,
        }
        path = f"objects/{object_name}/validationRules/{name}.validationRule-meta.xml"
        self.write(path, "ValidationRule", {**content, **settings})

    def write(self, path: str, root: str, content: Mapping[str, Xml]) -> None:
        """Write one metadata file."""
        inner = "".join(_children(name, value) for name, value in content.items())
        namespace = "http://soap.sforce.com/2006/04/metadata"
        file = self.folder / "force-app" / "main" / "default" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{namespace}">{inner}</{root}>\n')


def picklist(*values: str, restricted: bool = True, default: str | None = None) -> Xml:
    """The value set of a picklist."""
    return {
        "restricted": restricted,
        "valueSetDefinition": {
            "sorted": False,
            "value": [{"fullName": each, "default": each == default, "label": each} for each in values],
        },
    }


def lease_project(folder: Path) -> Project:
    """An org of leases, with a field of each type and every way in which one object hangs on another."""
    project = Project(folder)
    project.object("Lease__c", label="Lease", sharingModel="ReadWrite")
    project.field("Lease__c", "Number__c", "Text", length=20, externalId=True, unique=True, caseSensitive=False)
    project.field("Lease__c", "Plate__c", "Text", length=10, unique=True, caseSensitive=True)
    project.field("Lease__c", "Batch__c", "Text", length=10, externalId=True)
    project.field("Lease__c", "Portfolio__c", "Text", length=5, required=True)
    project.field("Lease__c", "Amount__c", "Currency", precision=8, scale=2)
    project.field("Lease__c", "Days__c", "Number", precision=4, scale=0)
    project.field("Lease__c", "Share__c", "Percent", precision=5, scale=2)
    project.field("Lease__c", "Boarded__c", "Date")
    project.field("Lease__c", "Seen__c", "DateTime")
    project.field("Lease__c", "Due_Time__c", "Time")
    project.field("Lease__c", "Active__c", "Checkbox", defaultValue=True)
    project.field("Lease__c", "Email__c", "Email")
    project.field("Lease__c", "Text__c", "LongTextArea", length=300)
    values = picklist("Open", "Closed", default="Open")
    project.field("Lease__c", "Status__c", "Picklist", valueSet=values)
    project.field("Lease__c", "Region__c", "Picklist", valueSet=picklist("East", "West", restricted=False))
    project.field("Lease__c", "Tags__c", "MultiselectPicklist", valueSet=picklist("a", "b", "c"))
    project.field("Lease__c", "Taken__c", "Date", defaultValue="TODAY()")
    project.field("Lease__c", "Late__c", "Checkbox", formula="Days__c > 30")
    project.field("Lease__c", "Ticket__c", "AutoNumber", displayFormat="T-{YYYY}-{0000}", startingNumber=7)
    project.field("Lease__c", "Lessee__c", "Lookup", referenceTo="Account", relationshipName="Leases")
    project.rule("Lease__c", "Not_Negative", "Amount__c < 0", "No debt.", errorDisplayField="Amount__c")
    project.rule("Lease__c", "Late_And_Open", 'AND(Late__c, ISPICKVAL(Status__c, "Closed"))', "Late leases stay open.")
    project.rule("Lease__c", "Plate_Is_Fixed", "AND(NOT(ISNEW()), ISCHANGED(Plate__c))", "The plate is fixed.")
    project.object(
        "Promise__c",
        label="Promise",
        sharingModel="ControlledByParent",
        name_field={"label": "Promise", "type": "AutoNumber", "displayFormat": "P-{0000}"},
    )
    master: dict[str, Xml] = {"referenceTo": "Lease__c", "relationshipName": "Promises"}
    project.field("Promise__c", "Lease__c", "MasterDetail", **master)
    project.field("Promise__c", "Amount__c", "Currency", precision=10, scale=2)
    project.rule("Promise__c", "Fits", "Amount__c > Lease__r.Amount__c", "More than the lease.")
    project.object("Payment__c", label="Payment")
    project.field("Payment__c", "Lease__c", "Lookup", referenceTo="Lease__c", deleteConstraint="Restrict")
    project.object("Visit__c", label="Visit")
    project.field("Visit__c", "Lease__c", "Lookup", referenceTo="Lease__c", deleteConstraint="SetNull")
    moving: dict[str, Xml] = {**master, "relationshipName": "Notes", "reparentableMasterDetail": True}
    project.object("Note__c", label="Note", sharingModel="ControlledByParent")
    project.field("Note__c", "Lease__c", "MasterDetail", **moving)
    project.write(
        "objects/Case/recordTypes/Delinquency.recordType-meta.xml",
        "RecordType",
        {"fullName": "Delinquency", "active": True, "label": "Delinquency"},
    )
    closing: Xml = [
        {"fullName": "New", "default": True, "label": "New", "closed": False},
        {"fullName": "Cured", "default": False, "label": "Cured", "closed": True},
    ]
    project.write(
        "standardValueSets/CaseStatus.standardValueSet-meta.xml", "StandardValueSet", {"standardValue": closing}
    )
    return project
