"""Defects planted in Lightning pages, apps, lists and components are found, with file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import drawbar
from drawbar.connectors.salesforce.metadata import rules_pages, rules_paths, rules_security
from drawbar.connectors.salesforce.metadata.schema import Finding, schema_findings
from drawbar.connectors.salesforce.metadata.source import read_package

PACKAGE = Path(drawbar.__path__[0]).resolve() / "salesforce"
SOURCE = "force-app/main/default"
ACCOUNT_PAGE = f"{SOURCE}/flexipages/Lease_Account_Record_Page.flexipage-meta.xml"
HOME = f"{SOURCE}/flexipages/Collections_Home.flexipage-meta.xml"
COLLECTOR_HOME = f"{SOURCE}/flexipages/Collector_Home.flexipage-meta.xml"
COLLECTOR_TAB = f"{SOURCE}/tabs/Collector_Home.tab-meta.xml"
REPO_PATH = f"{SOURCE}/pathAssistants/Case_Repossession.pathAssistant-meta.xml"
PATHS_ON = f"{SOURCE}/settings/PathAssistant.settings-meta.xml"
APP = f"{SOURCE}/applications/Drawbar_Collections.app-meta.xml"
COMPACT = f"{SOURCE}/objects/Vehicle__c/compactLayouts/Vehicle_Compact.compactLayout-meta.xml"
OBJECT = f"{SOURCE}/objects/Vehicle__c/Vehicle__c.object-meta.xml"
VIEW = f"{SOURCE}/objects/Case/listViews/Open_Delinquencies.listView-meta.xml"
QUEUE = f"{SOURCE}/lwc/collectorQueue/collectorQueue"
SUMMARY = f"{SOURCE}/lwc/accountSummary/accountSummary"
ELEMENT = f"{SOURCE}/lwc/leaseAccountElement/leaseAccountElement.js"
TIMELINE = f"{SOURCE}/lwc/collectionsTimeline/collectionsTimeline.html"
COLLECTOR = f"{SOURCE}/permissionsets/Drawbar_Collector.permissionset-meta.xml"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to plant defects in; each is taken out again."""
    return shutil.copytree(PACKAGE, tmp_path_factory.mktemp("package") / "salesforce")


def plant(package: Path, path: str, old: str, new: str) -> list[Finding]:
    """Replace a piece of one file, and give what the schema and the rules for pages say then."""
    file = package / path
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    try:
        against_schema = schema_findings(file, path) if path.endswith("-meta.xml") else []
        read = read_package(package)
        rules = (*rules_pages.RULES, *rules_paths.RULES, *rules_security.RULES)
        return [*against_schema, *(finding for rule in rules for finding in rule(read))]
    finally:
        file.write_text(content, encoding="utf-8")


DEFECTS = {
    "an element that no page has": (ACCOUNT_PAGE, "<masterLabel>", "<colour>red</colour><masterLabel>", "colour"),
    "a kind of page that does not exist": (ACCOUNT_PAGE, "<type>RecordPage</type>", "<type>Poster</type>", "Poster"),
    "an override by what does not exist": (APP, "<type>Flexipage</type>", "<type>Poster</type>", "Poster"),
    "an element that no list view has": (VIEW, "<filterScope>", "<sort>up</sort><filterScope>", "sort"),
    "a scope that does not exist": (VIEW, ">Everything<", ">Nothing<", "Nothing"),
    "an element that no component has": (f"{QUEUE}.js-meta.xml", "<isExposed>", "<size>9</size><isExposed>", "size"),
    "a field that the page's object lacks": (
        ACCOUNT_PAGE,
        "<fieldItem>Record.Late_Fees__c<",
        "<fieldItem>Record.Early_Fees__c<",
        "Lease_Account__c has no field Early_Fees__c",
    ),
    "a component that does not exist": (
        ACCOUNT_PAGE,
        "<componentName>c:accountSummary<",
        "<componentName>c:accountDigest<",
        "c:accountDigest does not exist",
    ),
    "a component on a kind of page that it is not made for": (
        HOME,
        "<componentName>c:syncStatus<",
        "<componentName>c:accountSummary<",
        "c:accountSummary is not made for a HomePage",
    ),
    "a component that is not for this object": (
        f"{SUMMARY}.js-meta.xml",
        "<object>Lease_Account__c</object>",
        "",
        "c:accountSummary is not made for pages of Lease_Account__c",
    ),
    "a component that is not exposed": (
        f"{SUMMARY}.js-meta.xml",
        "<isExposed>true",
        "<isExposed>false",
        "c:accountSummary is not made for a RecordPage",
    ),
    "a property that the component lacks": (HOME, "<name>pageSize<", "<name>length<", "has no property length"),
    "a facet that does not exist": (
        ACCOUNT_PAGE,
        "<value>Facet-Balance</value>",
        "<value>Facet-Money</value>",
        "there is no facet Facet-Money",
    ),
    "a facet that stands nowhere": (
        ACCOUNT_PAGE,
        "<value>Facet-Balance</value>",
        "<value>Facet-Contract</value>",
        "the facet Facet-Balance stands in 0 places",
    ),
    "an identifier given twice": (
        ACCOUNT_PAGE,
        "<identifier>c_syncStatus<",
        "<identifier>c_accountSummary<",
        "the identifier c_accountSummary stands 2 times",
    ),
    "a related list that does not exist": (
        ACCOUNT_PAGE,
        "<value>Vehicles__r</value>",
        "<value>Trucks__r</value>",
        "Lease_Account__c has no related list Trucks__r",
    ),
    "a column that the children lack": (
        ACCOUNT_PAGE,
        "<value>Year_Make_Model__c</value>",
        "<value>Brand__c</value>",
        "Vehicle__c has no column Brand__c",
    ),
    "a list view that a page shows and nobody made": (
        HOME,
        "<componentName>c:workList<",
        "<componentName>flexipage:filterListCard<",
        "there is no list view",
    ),
    "a choice that a property does not offer": (
        COLLECTOR_HOME,
        "<value>openPromises</value>",
        "<value>oldPromises</value>",
        "c:workList has no choice oldPromises of list",
    ),
    "a path of a picklist that does not exist": (
        REPO_PATH,
        "<fieldName>Repossession_Stage__c<",
        "<fieldName>Repossession_State__c<",
        "Case has no picklist Repossession_State__c",
    ),
    "a path for a record type that does not exist": (
        REPO_PATH,
        "<recordTypeName>Repossession<",
        "<recordTypeName>Recovery<",
        "Case has no record type Recovery",
    ),
    "a step that is no value of the path's picklist": (
        REPO_PATH,
        "<picklistValueName>Located<",
        "<picklistValueName>Spotted<",
        "Case.Repossession_Stage__c has no value Spotted",
    ),
    "a stage of which a path says nothing": (
        REPO_PATH,
        "<picklistValueName>Located<",
        "<picklistValueName>Lost<",
        "the path says nothing of Located",
    ),
    "a key field that the path's object lacks": (
        REPO_PATH,
        "<fieldNames>Agent__c<",
        "<fieldNames>Agency__c<",
        "Case has no field Agency__c",
    ),
    "a step with six key fields": (
        REPO_PATH,
        "<fieldNames>Requested_By__c</fieldNames>",
        "<fieldNames>Requested_By__c</fieldNames>" + "<fieldNames>Agent__c</fieldNames>" * 4,
        "a step has 6 key fields, 5 are allowed",
    ),
    "an element that no settings of paths have": (
        PATHS_ON,
        "<pathAssistantEnabled>true</pathAssistantEnabled>",
        "<pathAssistant>true</pathAssistant>",
        "pathAssistant",
    ),
    "a path on a page of an object that has none": (
        ACCOUNT_PAGE,
        "<componentName>force:highlightsPanel<",
        "<componentName>runtime_sales_pathassistant:pathAssistant<",
        "there is no path of Lease_Account__c",
    ),
    "a tab of a page that does not exist": (
        COLLECTOR_TAB,
        "<flexiPage>Collector_Home<",
        "<flexiPage>Collector_House<",
        "there is no app page Collector_House",
    ),
    "a tab of a page that is no app page": (
        COLLECTOR_TAB,
        "<flexiPage>Collector_Home<",
        "<flexiPage>Collections_Home<",
        "there is no app page Collections_Home",
    ),
    "a column that a list view cannot show": (
        VIEW,
        "<columns>CASES.SUBJECT<",
        "<columns>CASES.TOPIC<",
        "Case has no column CASES.TOPIC",
    ),
    "a filter by a field that does not exist": (
        VIEW,
        "<field>Delinquency_Opened__c<",
        "<field>Key__c<",
        "Case has no column Key__c",
    ),
    "a compact layout with a field that does not exist": (
        COMPACT,
        "<fields>VIN__c<",
        "<fields>Chassis__c<",
        "Vehicle__c has no field Chassis__c",
    ),
    "a compact layout that is too long": (
        COMPACT,
        "<fields>VIN__c</fields>",
        "<fields>VIN__c</fields>" * 6,
        "has 11 fields, 10 are allowed",
    ),
    "a compact layout that does not exist": (
        OBJECT,
        ">Vehicle_Compact<",
        ">Truck_Compact<",
        "there is no compact layout Truck_Compact",
    ),
    "a tab that does not exist": (APP, "<tabs>Vehicle__c<", "<tabs>Truck__c<", "there is no tab Truck__c"),
    "an app's page that does not exist": (
        APP,
        "<content>Vehicle_Record_Page<",
        "<content>Truck_Page<",
        "there is no page Truck_Page",
    ),
    "a page in the place of another object's": (
        APP,
        "<content>Vehicle_Record_Page<",
        "<content>Lease_Account_Record_Page<",
        "Lease_Account_Record_Page is no page of Vehicle__c",
    ),
    "an app that does not exist": (
        COLLECTOR,
        "<application>Drawbar_Collections<",
        "<application>Drawbar_Sales<",
        "applicationVisibilities names Drawbar_Sales",
    ),
    "a component without words for people": (
        f"{SUMMARY}.js-meta.xml",
        "<masterLabel>Account Summary</masterLabel>",
        "",
        "masterLabel is missing",
    ),
    "a target that does not exist": (
        f"{QUEUE}.js-meta.xml",
        "<target>lightning__AppPage</target>",
        "<target>lightning__Wall</target>",
        "there is no target lightning__Wall",
    ),
    "a target that is configured and not listed": (
        f"{QUEUE}.js-meta.xml",
        "<target>lightning__AppPage</target>",
        "",
        "lightning__AppPage is configured and not listed",
    ),
    "a component for an object that does not exist": (
        f"{SUMMARY}.js-meta.xml",
        "<object>Vehicle__c</object>",
        "<object>Truck__c</object>",
        "there is no object Truck__c",
    ),
    "an import of a field that does not exist": (
        ELEMENT,
        "@salesforce/schema/Case.Lease_Account__c",
        "@salesforce/schema/Case.Loan__c",
        "Case has no field Loan__c",
    ),
    "an import from an object that does not exist": (
        ELEMENT,
        "@salesforce/schema/Vehicle__c.",
        "@salesforce/schema/Truck__c.",
        "there is no object Truck__c",
    ),
    "an import of a component that does not exist": (
        f"{SUMMARY}.js",
        "'c/readings'",
        "'c/writings'",
        "there is no component writings",
    ),
    "a tag of a component that does not exist": (
        TIMELINE,
        "<c-timeline-source",
        "<c-timeline-well",
        "there is no component timelineWell",
    ),
    "a query of an object that does not exist": (
        f"{QUEUE}.js",
        "                        Case(",
        "                        Matter(",
        "there is no object Matter",
    ),
    "a query of a field that does not exist": (
        f"{QUEUE}.js",
        "Times_Reopened__c { value }",
        "Times_Closed__c { value }",
        "Case has no field Times_Closed__c",
    ),
    "a query of a parent's field that does not exist": (
        f"{QUEUE}.js",
        "Collector__c { value }\n                                        Last",
        "Owner__c { value }\n                                        Last",
        "Lease_Account__c has no field Owner__c",
    ),
    "a query that does not say what it wants of a field": (
        f"{QUEUE}.js",
        "Status { value }",
        "Status",
        "Status needs the part that is wanted of it",
    ),
    "a filter of a query by a field that does not exist": (
        f"{QUEUE}.js",
        "{ RecordType: { DeveloperName:",
        "{ RecordType: { Nickname:",
        "RecordType has no field Nickname",
    ),
    "an order by a field that does not exist": (
        f"{QUEUE}.js",
        "orderBy: { Priority:",
        "orderBy: { Weight__c:",
        "Case has no field Weight__c",
    ),
    "an argument that a query does not take": (f"{QUEUE}.js", "after: $after", "beyond: $after", "no argument beyond"),
    "a query that is not closed": (f"{QUEUE}.js", "totalCount\n", "totalCount {\n", "Syntax Error"),
    "a query that is put together": (f"{QUEUE}.js", "totalCount\n", "${count}\n", "put together"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str, package: Path) -> None:
    path, old, new, reason = DEFECTS[defect]

    messages = [each.message for each in plant(package, path, old, new)]

    assert any(reason in each for each in messages), messages


def test_a_finding_in_a_query_names_the_line(package: Path) -> None:
    path, old, new, reason = DEFECTS["a query of a field that does not exist"]

    (finding,) = [each for each in plant(package, path, old, new) if reason in each.message]

    assert finding.path == path
    assert old in (package / path).read_text(encoding="utf-8").splitlines()[finding.line - 1]


def test_a_component_without_its_script_is_found(package: Path) -> None:
    script = package / f"{SUMMARY}.js"
    moved = script.rename(package / "away.js")
    findings = [each.message for rule in rules_pages.RULES for each in rule(read_package(package))]
    moved.rename(script)

    assert "there is no accountSummary.js beside it" in findings
