"""What a describe call answers: recorded descriptions word for word where there are any, the same shape elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from drawbar.sandbox.schema import ChildRelationship, Field, FieldType, PicklistValue, RecordType, SObject
from drawbar.sandbox.values import NUMBER_TYPES, TEXT_TYPES

MASTER_RECORD_TYPE_ID = "012000000000000AAA"
BYTES_PER_CHARACTER = 3
SOAP_TYPES: Mapping[FieldType, str] = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
    "location": "urn:location",
    "base64": "xsd:base64Binary",
    "anyType": "xsd:anyType",
}
"""The others are `xsd:string`."""

IN_GLOBAL = (
    "activateable",
    "associateEntityType",
    "associateParentEntity",
    "createable",
    "custom",
    "customSetting",
    "deepCloneable",
    "deletable",
    "deprecatedAndHidden",
    "feedEnabled",
    "hasSubtypes",
    "isInterface",
    "isSubtype",
    "keyPrefix",
    "label",
    "labelPlural",
    "layoutable",
    "mergeable",
    "mruEnabled",
    "name",
    "queryable",
    "replicateable",
    "retrieveable",
    "searchable",
    "triggerable",
    "undeletable",
    "updateable",
)
"""What the list of all objects tells of each."""


def describe_global(sobject: SObject, version: str) -> dict[str, object]:
    """Describe an object as the list of all objects does."""
    described = _object_properties(sobject)
    return {**{name: described[name] for name in IN_GLOBAL}, "urls": _urls(sobject, version)}


def describe(sobject: SObject, version: str) -> dict[str, object]:
    """Describe an object with its fields, children and record types; `version` is as in addresses (`67.0`)."""
    return {
        **_object_properties(sobject),
        "childRelationships": [_child(each) for each in sobject.children],
        "fields": [describe_field(each) for each in sobject.fields],
        "recordTypeInfos": _record_types(sobject, version),
        "urls": _urls(sobject, version),
    }


def _object_properties(sobject: SObject) -> dict[str, object]:
    deletable = sobject.field("IsDeleted") is not None
    made: dict[str, object] = {
        "actionOverrides": [],
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "compactLayoutable": True,
        "createable": sobject.createable,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "defaultImplementation": None,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "extendedBy": None,
        "extendsInterfaces": None,
        "feedEnabled": False,
        "hasSubtypes": False,
        "implementedBy": None,
        "implementsInterfaces": None,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": True,
        "listviewable": None,
        "lookupLayoutable": None,
        "mergeable": False,
        "mruEnabled": True,
        "name": sobject.name,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "queryable": True,
        "replicateable": deletable,
        "retrieveable": True,
        "searchLayoutable": True,
        "searchable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {sobject.label_plural.lower()}", "name": "everything"}],
        "triggerable": True,
        "undeletable": deletable,
        "updateable": sobject.updateable,
    }
    return {**made, **sobject.recorded}


def _urls(sobject: SObject, version: str) -> dict[str, str]:
    root = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "compactLayouts": f"{root}/describe/compactLayouts",
        "rowTemplate": f"{root}/{{ID}}",
        "approvalLayouts": f"{root}/describe/approvalLayouts",
        "describe": f"{root}/describe",
        "quickActions": f"{root}/quickActions",
        "layouts": f"{root}/describe/layouts",
        "sobject": root,
    }


def _child(child: ChildRelationship) -> dict[str, object]:
    return {
        "cascadeDelete": child.cascade_delete,
        "childSObject": child.child,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.relationship_name,
        "restrictedDelete": child.restricted_delete,
    }


def _record_types(sobject: SObject, version: str) -> list[dict[str, object]]:
    master = RecordType(MASTER_RECORD_TYPE_ID, "Master", "Master", default=True)
    layouts = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts"
    return [
        {
            "active": each.active,
            "available": True,
            "defaultRecordTypeMapping": each.default,
            "developerName": each.developer_name,
            "master": each is master,
            "name": each.label,
            "recordTypeId": each.id,
            "urls": {"layout": f"{layouts}/{each.id}"},
        }
        for each in (*sobject.record_types, master)
    ]


def describe_field(field: Field) -> dict[str, object]:
    """Describe one field; what was recorded wins, but for the values of its picklist."""
    made = {**_shape(field), **_use(field), **_relations(field), **_unused()}
    return {**made, **field.recorded, "picklistValues": [_value(each) for each in field.picklist]}


def _shape(field: Field) -> dict[str, object]:
    text_like = field.type in TEXT_TYPES or field.type in {"id", "reference"}
    whole = field.type == "int"
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * (BYTES_PER_CHARACTER if field.type in TEXT_TYPES else 1) if text_like else 0,
        "precision": field.precision if field.type in NUMBER_TYPES else 0,
        "scale": field.scale,
        "digits": field.precision if whole else 0,
        "picklistValues": [],
        "restrictedPicklist": field.restricted_picklist,
        "extraTypeInfo": "plaintextarea" if field.long_text else None,
        "htmlFormatted": False,
        "inlineHelpText": field.help_text,
    }


def _use(field: Field) -> dict[str, object]:
    defaulted = field.type == "boolean" or field.default_formula or field.default_value is not None or field.auto_number
    system = not field.createable and not field.nillable and field.formula is None
    searched = not field.long_text
    return {
        "aggregatable": searched and field.type not in {"boolean", "address", "location"},
        "autoNumber": field.auto_number is not None,
        "calculated": field.formula is not None,
        "calculatedFormula": field.formula,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default_value,
        "defaultValueFormula": field.default_formula,
        "defaultedOnCreate": bool(defaulted or system),
        "externalId": field.external_id,
        "filterable": searched,
        "formulaTreatNullNumberAsZero": field.blank_as_zero,
        "groupable": searched and field.type not in NUMBER_TYPES | {"datetime", "address"} and field.formula is None,
        "idLookup": field.id_lookup,
        "nameField": field.name_field,
        "nillable": field.nillable,
        "permissionable": field.custom and field.nillable,
        "sortable": searched and field.type not in {"address", "multipicklist"},
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _relations(field: Field) -> dict[str, object]:
    return {
        "cascadeDelete": field.cascade_delete,
        "namePointing": len(field.reference_to) > 1,
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": 0 if field.cascade_delete and not field.nillable else None,
        "restrictedDelete": field.restricted_delete,
        "writeRequiresMasterRead": False,
    }


def _unused() -> dict[str, object]:
    """What no field of this org has."""
    return {
        "aiPredictionField": False,
        "controllerName": None,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "filteredLookupInfo": None,
        "highScaleNumber": False,
        "mask": None,
        "maskType": None,
        "queryByDistance": False,
        "searchPrefilterable": False,
    }


def _value(value: PicklistValue) -> dict[str, object]:
    return {
        "active": value.active,
        "defaultValue": value.default,
        "label": value.label,
        "validFor": None,
        "value": value.value,
    }
