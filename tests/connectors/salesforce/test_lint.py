"""Defects planted in the package are found, with file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import drawbar
from drawbar.connectors.salesforce.metadata.lint import lint
from drawbar.connectors.salesforce.metadata.schema import Finding

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
SOURCE = "force-app/main/default"
PROMISE = f"{SOURCE}/objects/Promise_To_Pay__c"
EVENT = "force-app/main/default/objects/Sync_Request__e"
ACCOUNT = f"{SOURCE}/objects/Lease_Account__c"
CASE = f"{SOURCE}/objects/Case"
COLLECTOR = f"{SOURCE}/permissionsets/Drawbar_Collector.permissionset-meta.xml"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy to add files to."""
    return shutil.copytree(PACKAGE, tmp_path / "salesforce")


@pytest.fixture(scope="module")
def shared_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for `plant`, which leaves it as it was."""
    return shutil.copytree(PACKAGE, tmp_path_factory.mktemp("package") / "salesforce")


def plant(package: Path, path: str, old: str, new: str) -> list[Finding]:
    """Replace a piece of one file, and give what is found then."""
    file = package / path
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    try:
        return lint(package)
    finally:
        file.write_text(content, encoding="utf-8")


SCHEMA_DEFECTS = {
    "an element that does not exist": (
        f"{PROMISE}/fields/Amount__c.field-meta.xml",
        "<label>Promised Amount</label>",
        "<label>Promised Amount</label>\n    <colour>red</colour>",
        "colour",
    ),
    "a word that is none of the allowed": (
        f"{PROMISE}/Promise_To_Pay__c.object-meta.xml",
        "<deploymentStatus>Deployed</deploymentStatus>",
        "<deploymentStatus>Installed</deploymentStatus>",
        "Installed",
    ),
    "text where a number belongs": (
        f"{PROMISE}/fields/Taken_By__c.field-meta.xml",
        "<length>60</length>",
        "<length>sixty</length>",
        "sixty",
    ),
    "an element given twice": (
        f"{PROMISE}/fields/Taken_By__c.field-meta.xml",
        "<length>60</length>",
        "<length>60</length><length>61</length>",
        "length",
    ),
    "a missing element": (
        f"{PROMISE}/validationRules/Amount_Above_Zero.validationRule-meta.xml",
        "    <errorMessage>The promised amount must be above zero.</errorMessage>\n",
        "",
        "errorMessage",
    ),
    "another namespace": (
        f"{SOURCE}/tabs/Vehicle__c.tab-meta.xml",
        "soap.sforce.com/2006/04/metadata",
        "soap.sforce.com/2007/04/metadata",
        "No matching global declaration",
    ),
    "an end tag that is missing": (f"{SOURCE}/tabs/Vehicle__c.tab-meta.xml", "</CustomTab>", "", "is not XML"),
    "a document type": (
        f"{SOURCE}/tabs/Vehicle__c.tab-meta.xml",
        "<CustomTab ",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<CustomTab ',
        "DOCTYPE",
    ),
}

RULE_DEFECTS = {
    "an event that shares itself like a record": (
        f"{EVENT}/Sync_Request__e.object-meta.xml",
        "<publishBehavior>",
        "<sharingModel>Read</sharingModel><publishBehavior>",
        "sharingModel is for records, not for platform events",
    ),
    "an event that does not say how it is published": (
        f"{EVENT}/Sync_Request__e.object-meta.xml",
        "<publishBehavior>PublishAfterCommit</publishBehavior>",
        "",
        "publishBehavior is missing",
    ),
    "an event with a lookup": (
        f"{EVENT}/fields/Record_Id__c.field-meta.xml",
        "<type>Text</type>",
        "<referenceTo>Account</referenceTo><type>Lookup</type>",
        "a platform event has no fields of type Lookup",
    ),
    "a label that is too long": (
        f"{PROMISE}/fields/Amount__c.field-meta.xml",
        "<label>Promised Amount</label>",
        f"<label>{'x' * 41}</label>",
        "label has 41 characters, 40 fit",
    ),
    "help that is too long": (
        f"{PROMISE}/fields/Amount__c.field-meta.xml",
        "<inlineHelpText>",
        f"<inlineHelpText>{'x' * 500}",
        "510 fit",
    ),
    "a field without help": (
        f"{PROMISE}/fields/Amount__c.field-meta.xml",
        "<inlineHelpText>The amount that the lessee promised.</inlineHelpText>",
        "",
        "inlineHelpText is missing",
    ),
    "a name that is not the file's": (
        f"{PROMISE}/fields/Amount__c.field-meta.xml",
        "<fullName>Amount__c</fullName>",
        "<fullName>Sum__c</fullName>",
        "fullName is Sum__c",
    ),
    "a lookup to nowhere": (
        f"{CASE}/fields/Lease_Account__c.field-meta.xml",
        "<referenceTo>Lease_Account__c</referenceTo>",
        "<referenceTo>Loan__c</referenceTo>",
        "points at Loan__c, which does not exist",
    ),
    "two lists of one name at a parent": (
        f"{PROMISE}/fields/Lease_Account__c.field-meta.xml",
        "<relationshipName>Promises_To_Pay</relationshipName>",
        "<relationshipName>payments</relationshipName>",
        "Lease_Account__c already has a list payments",
    ),
    "a detail that is shared by itself": (
        f"{PROMISE}/Promise_To_Pay__c.object-meta.xml",
        "<sharingModel>ControlledByParent</sharingModel>",
        "<sharingModel>Read</sharingModel>",
        "ControlledByParent is for objects with a master",
    ),
    "a tracked field of an object without history": (
        f"{ACCOUNT}/Lease_Account__c.object-meta.xml",
        "<enableHistory>true</enableHistory>",
        "<enableHistory>false</enableHistory>",
        "the object keeps no history",
    ),
    "a text that is too long": (
        f"{PROMISE}/fields/Taken_By__c.field-meta.xml",
        "<length>60</length>",
        "<length>256</length>",
        "length of Text must lie from 1 to 255",
    ),
    "more decimals than digits": (
        f"{PROMISE}/fields/Sequence__c.field-meta.xml",
        "<scale>0</scale>",
        "<scale>7</scale>",
        "scale at most precision",
    ),
    "a formula with a field that does not exist": (
        f"{ACCOUNT}/fields/Is_Past_Due__c.field-meta.xml",
        "Days_Past_Due__c &gt; 0",
        "Days_Late__c &gt; 0",
        "the formula names Days_Late__c",
    ),
    "a rule with a field that does not exist": (
        f"{PROMISE}/validationRules/Amount_Above_Zero.validationRule-meta.xml",
        "Amount__c &lt;= 0",
        "Sum__c &lt;= 0",
        "the formula names Sum__c",
    ),
    "a message at a field that does not exist": (
        f"{PROMISE}/validationRules/Amount_Above_Zero.validationRule-meta.xml",
        "<errorDisplayField>Amount__c",
        "<errorDisplayField>Sum__c",
        "to show at Sum__c",
    ),
    "a message that is too long": (
        f"{PROMISE}/validationRules/Amount_Above_Zero.validationRule-meta.xml",
        "<errorMessage>",
        f"<errorMessage>{'x' * 250}",
        "errorMessage has more than 255 characters",
    ),
    "a record type of Case without a process": (
        f"{CASE}/recordTypes/Delinquency.recordType-meta.xml",
        "<businessProcess>Delinquency</businessProcess>",
        "",
        "needs a business process",
    ),
    "a process that does not exist": (
        f"{CASE}/recordTypes/Delinquency.recordType-meta.xml",
        "<businessProcess>Delinquency</businessProcess>",
        "<businessProcess>Collecting</businessProcess>",
        "there is no business process Collecting",
    ),
    "a record type with a value that does not exist": (
        f"{CASE}/recordTypes/Delinquency.recordType-meta.xml",
        "<fullName>Web</fullName>",
        "<fullName>Carrier Pigeon</fullName>",
        "Origin has no value Carrier Pigeon",
    ),
    "a record type with a picklist that does not exist": (
        f"{CASE}/recordTypes/Delinquency.recordType-meta.xml",
        "<picklist>Origin</picklist>",
        "<picklist>Whence__c</picklist>",
        "Case has no picklist Whence__c",
    ),
    "a process with a status that does not exist": (
        f"{CASE}/businessProcesses/Delinquency.businessProcess-meta.xml",
        "<fullName>Working</fullName>",
        "<fullName>Toiling</fullName>",
        "Status has no value Toiling",
    ),
    "a permission on a field that does not exist": (
        COLLECTOR,
        "<field>Vehicle__c.VIN__c</field>",
        "<field>Vehicle__c.Chassis__c</field>",
        "Vehicle__c.Chassis__c does not exist",
    ),
    "a permission on a required field": (
        COLLECTOR,
        "<field>Payment__c.Method__c</field>",
        "<field>Payment__c.Amount__c</field>",
        "Payment__c.Amount__c is required or master-detail",
    ),
    "a permission on a master-detail field": (
        COLLECTOR,
        "<field>Payment__c.Method__c</field>",
        "<field>Payment__c.Lease_Account__c</field>",
        "Payment__c.Lease_Account__c is required or master-detail",
    ),
    "a permission on a field that everybody sees": (
        COLLECTOR,
        "<field>Case.Priority</field>",
        "<field>Case.Status</field>",
        "Case.Status takes no field permission",
    ),
    "a formula that may be edited": (
        COLLECTOR,
        "<editable>false</editable>\n        <field>Lease_Account__c.Is_Past_Due__c",
        "<editable>true</editable>\n        <field>Lease_Account__c.Is_Past_Due__c",
        "cannot be editable",
    ),
    "a right on an object that does not exist": (
        COLLECTOR,
        "<object>Vehicle__c</object>",
        "<object>Truck__c</object>",
        "there is no object Truck__c",
    ),
    "a right without the one that it stands on": (
        COLLECTOR,
        "<allowCreate>false</allowCreate>\n        <allowDelete>false</allowDelete>\n"
        "        <allowEdit>true</allowEdit>\n        <allowRead>true</allowRead>",
        "<allowCreate>false</allowCreate>\n        <allowDelete>false</allowDelete>\n"
        "        <allowEdit>true</allowEdit>\n        <allowRead>false</allowRead>",
        "needs allowRead",
    ),
    "a detail whose master may not be read": (
        COLLECTOR,
        "<object>Lease_Account__c</object>",
        "<object>Asset</object>",
        "needs allowRead on its master Lease_Account__c",
    ),
    "a record type that does not exist": (
        COLLECTOR,
        "<recordType>Case.Delinquency</recordType>",
        "<recordType>Case.Default</recordType>",
        "recordTypeVisibilities names Case.Default",
    ),
    "a tab that does not exist": (
        COLLECTOR,
        "<tab>Vehicle__c</tab>",
        "<tab>Truck__c</tab>",
        "tabSettings names Truck__c",
    ),
}


@pytest.mark.parametrize("defect", SCHEMA_DEFECTS)
def test_the_schema_finds(defect: str, shared_package: Path) -> None:
    path, old, new, reason = SCHEMA_DEFECTS[defect]

    findings = plant(shared_package, path, old, new)

    assert any(each.path == path and reason in each.message for each in findings)


@pytest.mark.parametrize("defect", RULE_DEFECTS)
def test_the_rules_find(defect: str, shared_package: Path) -> None:
    path, old, new, reason = RULE_DEFECTS[defect]

    findings = plant(shared_package, path, old, new)

    assert [each for each in findings if each.path == path and reason in each.message]


def test_a_finding_names_the_line(shared_package: Path) -> None:
    path, old, new, reason = RULE_DEFECTS["a tab that does not exist"]

    finding = next(each for each in plant(shared_package, path, old, new) if reason in each.message)

    assert "<tabSettings>" in (shared_package / path).read_text().splitlines()[finding.line - 1]


def test_a_record_type_of_another_object_has_no_process(package: Path) -> None:
    path = f"{ACCOUNT}/recordTypes/Truck.recordType-meta.xml"
    (package / path).parent.mkdir()
    delinquency = (package / f"{CASE}/recordTypes/Delinquency.recordType-meta.xml").read_text()
    (package / path).write_text(delinquency.replace("Delinquency</fullName>", "Truck</fullName>"))

    messages = [each.message for each in lint(package) if each.path == path]

    assert "a record type of Lease_Account__c can have no business process" in messages


def test_files_at_an_object_that_does_not_exist_are_found(package: Path) -> None:
    stray = package / f"{SOURCE}/objects/Truck__c/fields/Axles__c.field-meta.xml"
    stray.parent.mkdir(parents=True)
    shutil.copy(package / f"{PROMISE}/fields/Sequence__c.field-meta.xml", stray)
    tab = package / f"{SOURCE}/tabs/Truck__c.tab-meta.xml"
    shutil.copy(package / f"{SOURCE}/tabs/Vehicle__c.tab-meta.xml", tab)

    messages = [each.message for each in lint(package)]

    assert "there is no object Truck__c" in messages
    assert "there is no custom object Truck__c to show in a tab" in messages


def test_names_that_salesforce_does_not_take_are_found(package: Path) -> None:
    for name in ("Two__Underscores__c", "9th__c", f"{'x' * 41}__c"):
        shutil.copy(
            package / f"{PROMISE}/fields/Sequence__c.field-meta.xml",
            package / f"{PROMISE}/fields/{name}.field-meta.xml",
        )

    messages = [each.message for each in lint(package)]

    assert "Two__Underscores__c is not a name that Salesforce takes" in messages
    assert "9th__c is not a name that Salesforce takes" in messages
    assert any("has 41 characters, 40 fit" in message for message in messages)


def test_elements_that_the_wsdl_lacks_are_taken(shared_package: Path) -> None:
    path = f"{PROMISE}/fields/Amount__c.field-meta.xml"
    patched = "<label>Promised Amount</label>\n    <displayLocationInDecimal>true</displayLocationInDecimal>"

    assert plant(shared_package, path, "<label>Promised Amount</label>", patched) == []
