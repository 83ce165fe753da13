"""Defects planted in quick actions, reports, groups of permission sets and rules are found, with file and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import drawbar
from drawbar.connectors.salesforce.metadata import rules_actions, rules_objects, rules_security
from drawbar.connectors.salesforce.metadata.source import read_package

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
SOURCE = "force-app/main/default"
PROMISE = f"{SOURCE}/quickActions/Lease_Account__c.Log_Promise.quickAction-meta.xml"
REQUEST = f"{SOURCE}/quickActions/Vehicle__c.Request_Repossession.quickAction-meta.xml"
PAGE = f"{SOURCE}/flexipages/Lease_Account_Record_Page.flexipage-meta.xml"
OUTCOMES = f"{SOURCE}/reports/Drawbar/Promises_by_Outcome.report-meta.xml"
LOG = f"{SOURCE}/reports/Drawbar/Repossession_Log.report-meta.xml"
GROUP = f"{SOURCE}/permissionsetgroups/Drawbar_Back_Office.permissionsetgroup-meta.xml"
SOLD = f"{SOURCE}/objects/Vehicle__c/validationRules/Sold_With_Clear_Title.validationRule-meta.xml"
RULE = f"{SOURCE}/objects/Vehicle__c/validationRules/Market_Value_Not_Negative.validationRule-meta.xml"

DEFECTS = {
    "an action that makes what does not exist": (
        PROMISE,
        "<targetObject>Promise_To_Pay__c<",
        "<targetObject>Oath__c<",
        "there is no object Oath__c",
    ),
    "an action with a field that does not exist": (
        PROMISE,
        "<field>Amount__c<",
        "<field>Sum__c<",
        "Promise_To_Pay__c has no field Sum__c",
    ),
    "an action that fills a field that does not exist": (
        PROMISE,
        "<field>Taken_Date__c<",
        "<field>Given_Date__c<",
        "Promise_To_Pay__c has no field Given_Date__c",
    ),
    "an action whose parent is reached by no field": (
        PROMISE,
        "<targetParentField>Lease_Account__c<",
        "<targetParentField>Loan__c<",
        "Promise_To_Pay__c has no field Loan__c",
    ),
    "an action that fills a picklist with a word that it lacks": (
        REQUEST,
        "<literalValue>PENDING<",
        "<literalValue>WANTED<",
        "Vehicle__c.Disposition__c has no value WANTED",
    ),
    "a page with an action that does not exist": (
        PAGE,
        "<value>Lease_Account__c.Log_Call<",
        "<value>Lease_Account__c.Log_Fax<",
        "there is no action Lease_Account__c.Log_Fax",
    ),
    "a report about what does not exist": (
        OUTCOMES,
        "$Promise_To_Pay__c<",
        "$Oath__c<",
        "there is no object Oath__c",
    ),
    "a report of a type that does not exist": (
        LOG,
        "<reportType>CaseList<",
        "<reportType>RepoList<",
        "RepoList is no report type",
    ),
    "a report about a detail without its master": (
        OUTCOMES,
        "CustomEntityCustomEntity$Lease_Account__c$",
        "CustomEntity$",
        "Promise_To_Pay__c is reported together with its master Lease_Account__c alone",
    ),
    "a report with a column that does not exist": (
        OUTCOMES,
        "<field>Promise_To_Pay__c.Decided_Date__c<",
        "<field>Promise_To_Pay__c.Judged_Date__c<",
        "the report has no column Promise_To_Pay__c.Judged_Date__c",
    ),
    "a report that lists what it groups by": (
        OUTCOMES,
        "<field>Promise_To_Pay__c.Decided_Date__c<",
        "<field>Promise_To_Pay__c.Status__c<",
        "Promise_To_Pay__c.Status__c is grouped by",
    ),
    "a report with a name that is too long": (
        OUTCOMES,
        "<name>Promises by Outcome<",
        f"<name>{'x' * 41}<",
        "the name has more than 40 characters",
    ),
    "a group of a permission set that does not exist": (
        GROUP,
        "<permissionSets>Drawbar_Accounting<",
        "<permissionSets>Drawbar_Sales<",
        "there is no permission set Drawbar_Sales",
    ),
    "a rule that asks for a value that does not exist": (
        SOLD,
        'Disposition__c, "SOLD"',
        'Disposition__c, "GONE"',
        "asks whether Disposition__c is GONE",
    ),
    "a rule that asks for a permission that does not exist": (
        RULE,
        "$Permission.Hub_Integration",
        "$Permission.Hub",
        "the formula names the permission Hub, which does not exist",
    ),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to plant defects in; each is taken out again."""
    return shutil.copytree(PACKAGE, tmp_path_factory.mktemp("package") / "salesforce")


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str, package: Path) -> None:
    path, old, new, reason = DEFECTS[defect]
    file = package / path
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    read = read_package(package)
    file.write_text(content, encoding="utf-8")

    rules = (*rules_actions.RULES, rules_objects.formulas, rules_security.groups)
    messages = [finding.message for rule in rules for finding in rule(read) if finding.path == path]

    assert any(reason in each for each in messages), messages
