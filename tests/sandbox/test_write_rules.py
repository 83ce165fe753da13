"""What the org refuses to write, in a real org's words, and what it makes of what it accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drawbar.sandbox.errors import SalesforceError
from drawbar.sandbox.ids import new_id
from drawbar.sandbox.seeds import COLLECTOR_USER_ID, INTEGRATION_USER_ID
from drawbar.sandbox.values import Source
from tests.sandbox.org_client import Clock, OrgClient

RECORDED = Path(__file__).parent / "recorded"

NO_FIELD = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is"
    " read/write for your profile or permission set."
)


def refusal(org: OrgClient, **row: object) -> tuple[str, str, tuple[str, ...]]:
    """Try to create a lease and give the one error."""
    (error,) = org.refusals("Lease__c", **{"Portfolio__c": "main", **row})
    return error.code, error.message, error.fields


def csv_refusal(org: OrgClient, **row: str) -> tuple[str, str, tuple[str, ...]]:
    (result,) = org.write("create", "Lease__c", {"Portfolio__c": "main", **row}, source="csv")
    (error,) = result.errors
    return error.code, error.message, error.fields


@pytest.mark.parametrize(
    ("row", "code", "message", "fields"),
    [
        ({"Nme": "x"}, "INVALID_FIELD", "No such column 'Nme' on sobject of type Lease__c", ()),
        ({"Nope__r": {"Id": "x"}}, "INVALID_FIELD", "No such column 'Nope__r' on sobject of type Lease__c", ()),
        (
            {"Portfolio__c": None},
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Portfolio__c]",
            ("Portfolio__c",),
        ),
        (
            {"Portfolio__c": "  "},
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Portfolio__c]",
            ("Portfolio__c",),
        ),
        (
            {"Portfolio__c": "abcdef"},
            "STRING_TOO_LONG",
            "Portfolio: data value too large: abcdef (max length=5)",
            ("Portfolio__c",),
        ),
        (
            {"Amount__c": 1_000_000},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Amount: value outside of valid range on numeric field: 1000000.0",
            ("Amount__c",),
        ),
        (
            {"Amount__c": 1e20},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Amount: value outside of valid range on numeric field: 1.0E20",
            ("Amount__c",),
        ),
        (
            {"Days__c": 12345},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Days: value outside of valid range on numeric field: 12345.0",
            ("Days__c",),
        ),
        (
            {"Status__c": "Lost"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Status: bad value for restricted picklist field: Lost",
            ("Status__c",),
        ),
        (
            {"Status__c": "open"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Status: bad value for restricted picklist field: open",
            ("Status__c",),
        ),
        (
            {"Tags__c": "a;z"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Tags: bad value for restricted picklist field: z",
            ("Tags__c",),
        ),
        ({"Email__c": "nobody"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody", ("Email__c",)),
        ({"Lessee__c": "001"}, "MALFORMED_ID", "Lessee: id value of incorrect type: 001", ("Lessee__c",)),
        (
            {"Lessee__c": new_id("003", 1)},
            "FIELD_INTEGRITY_EXCEPTION",
            f"Lessee: id value of incorrect type: {new_id('003', 1)}",
            ("Lessee__c",),
        ),
        ({"Lessee__c": new_id("001", 99)}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ()),
        (
            {"CreatedDate": "2026-01-01T00:00:00Z"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            NO_FIELD.format("CreatedDate"),
            ("CreatedDate",),
        ),
        ({"Late__c": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", NO_FIELD.format("Late__c"), ("Late__c",)),
        ({"Ticket__c": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE", NO_FIELD.format("Ticket__c"), ("Ticket__c",)),
        ({"Id": new_id("a00", 1)}, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",)),
        (
            {"Active__c": None},
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            "Active: value not of required type: ",
            ("Active__c",),
        ),
        ({"Amount__c": -1}, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "No debt.", ("Amount__c",)),
    ],
)
def test_a_row_is_refused_in_salesforces_words(
    org: OrgClient, row: dict[str, object], code: str, message: str, fields: tuple[str, ...]
) -> None:
    assert refusal(org, **row) == (code, message, fields)
    assert org.count("Lease__c") == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Amount__c", "much", "double from VALUE_STRING value much"),
        ("Amount__c", True, "double from VALUE_TRUE value true"),
        ("Amount__c", {}, "double from START_OBJECT value {"),
        ("Amount__c", "NaN", "double from VALUE_STRING value NaN"),
        ("Portfolio__c", 12, "string from VALUE_NUMBER_INT value 12"),
        ("Portfolio__c", 1.5, "string from VALUE_NUMBER_FLOAT value 1.5"),
        ("Portfolio__c", ["a"], "string from START_ARRAY value ["),
        ("Active__c", "maybe", "boolean from VALUE_STRING value maybe"),
        ("Boarded__c", "03/02/2026", "date from VALUE_STRING value 03/02/2026"),
        ("Boarded__c", "2026-02-30", "date from VALUE_STRING value 2026-02-30"),
        ("Boarded__c", "1699-12-31", "date from VALUE_STRING value 1699-12-31"),
        ("Seen__c", "4001-01-01T00:00:00Z", "datetime from VALUE_STRING value 4001-01-01T00:00:00Z"),
        ("Seen__c", "2026-03-02T06:00:00", "datetime from VALUE_STRING value 2026-03-02T06:00:00"),
        ("Due_Time__c", "25:00:00Z", "time from VALUE_STRING value 25:00:00Z"),
        ("Lessee__c", 5, "ID from VALUE_NUMBER_INT value 5"),
    ],
)
def test_a_json_value_of_a_wrong_type_refuses_the_whole_request(
    org: OrgClient, name: str, value: object, told: str
) -> None:
    good = {"Portfolio__c": "main"}
    with pytest.raises(SalesforceError) as refused:
        org.write("create", "Lease__c", good, {**good, name: value})
    assert refused.value.code == "JSON_PARSER_ERROR"
    assert refused.value.message == f"Cannot deserialize instance of {told} or request may be missing a required field"
    assert org.count("Lease__c") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("Amount__c", "much"), ("Active__c", "maybe"), ("Boarded__c", "03/02/2026"), ("Seen__c", "today")],
)
def test_a_csv_text_that_is_no_value_refuses_the_row(org: OrgClient, name: str, value: str) -> None:
    label = name.removesuffix("__c")
    message = f"{label}: value not of required type: {value}"
    assert csv_refusal(org, **{name: value}) == ("INVALID_TYPE_ON_FIELD_IN_RECORD", message, (name,))


@pytest.mark.parametrize("source", ["json", "csv"])
@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("Portfolio__c", "  ab ", "ab"),
        ("Region__c", "Mars", "Mars"),
        ("Tags__c", "a;c", "a;c"),
        ("Amount__c", "12.345", 12.35),
        ("Amount__c", "0.005", 0.01),
        ("Days__c", "2.5", 3.0),
        ("Active__c", "false", 0),
        ("Active__c", "TRUE", 1),
        ("Boarded__c", "2026-03-02", "2026-03-02"),
        ("Seen__c", "2026-03-02T06:00:00Z", "2026-03-02T06:00:00.000+0000"),
        ("Seen__c", "2026-03-02T06:00:00.123-0500", "2026-03-02T11:00:00.000+0000"),
        ("Seen__c", "2026-03-02T06:00:00+05:30", "2026-03-02T00:30:00.000+0000"),
        ("Due_Time__c", "06:30:00Z", "06:30:00.000Z"),
        ("Email__c", "", None),
        ("Boarded__c", "", None),
    ],
)
def test_values_are_kept_in_one_form(org: OrgClient, source: Source, name: str, given: str, kept: object) -> None:
    row = {"Portfolio__c": "main", "Days__c": "1", name: given}
    (result,) = org.write("create", "Lease__c", row, source=source)
    assert result.success, result.errors
    assert org.row("Lease__c", str(result.id))[name] == kept


def test_names_of_fields_are_taken_whatever_their_case(org: OrgClient) -> None:
    record_id = org.create("lease__C", portfolio__C="main", AMOUNT__c=5)
    assert org.row("Lease__c", record_id)["Amount__c"] == 5.0


def test_a_new_record_gets_defaults_owner_stamps_and_numbers(org: OrgClient, clock: Clock) -> None:
    record_id = org.lease()
    row = org.row("Lease__c", record_id)
    now = "2026-03-02T06:00:00.000+0000"
    assert {name: row[name] for name in ("Active__c", "Status__c", "Taken__c", "Ticket__c", "Name", "IsDeleted")} == {
        "Active__c": 1,
        "Status__c": "Open",
        "Taken__c": "2026-03-02",
        "Ticket__c": "T-2026-0007",
        "Name": record_id[:15],
        "IsDeleted": 0,
    }
    assert row["OwnerId"] == row["CreatedById"] == row["LastModifiedById"] == INTEGRATION_USER_ID
    assert row["CreatedDate"] == row["LastModifiedDate"] == row["SystemModstamp"] == now
    assert org.row("Lease__c", org.lease("L2"))["Ticket__c"] == "T-2026-0008"


def test_a_default_is_not_put_over_what_the_row_says(org: OrgClient) -> None:
    row = org.row("Lease__c", org.lease(Active__c=False, Status__c=None, Taken__c=None))
    assert (row["Active__c"], row["Status__c"], row["Taken__c"]) == (0, None, None)


def test_an_update_changes_what_it_names_and_the_stamps(org: OrgClient, clock: Clock) -> None:
    record_id = org.lease(Amount__c=5, Days__c=1)
    clock.pass_(hours=1)
    (result,) = org.write("update", "Lease__c", {"Id": record_id[:15], "Amount__c": 6, "Days__c": None})
    assert result.success
    assert not result.created
    row = org.row("Lease__c", record_id)
    assert (row["Amount__c"], row["Days__c"], row["Portfolio__c"]) == (6.0, None, "main")
    assert row["CreatedDate"] == "2026-03-02T06:00:00.000+0000"
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-03-02T07:00:00.000+0000"


def test_an_update_cannot_empty_a_required_field(org: OrgClient) -> None:
    record_id = org.lease()
    (result,) = org.write("update", "Lease__c", {"Id": record_id, "Portfolio__c": None})
    assert [each.code for each in result.errors] == ["REQUIRED_FIELD_MISSING"]
    assert org.row("Lease__c", record_id)["Portfolio__c"] == "main"


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ({}, "MISSING_ARGUMENT", "Id not specified in an update call"),
        ({"Id": "nothing"}, "MALFORMED_ID", "Record ID: id value of incorrect type: nothing"),
        ({"Id": new_id("a00", 77)}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ],
)
def test_an_update_needs_the_id_of_a_record(org: OrgClient, row: dict[str, object], code: str, message: str) -> None:
    (result,) = org.write("update", "Lease__c", row)
    assert [(each.code, each.message) for each in result.errors] == [(code, message)]


def test_one_write_does_not_change_a_record_twice(org: OrgClient) -> None:
    record_id = org.lease()
    results = org.write("update", "Lease__c", {"Id": record_id, "Days__c": 1}, {"Id": record_id[:15], "Days__c": 2})
    assert [each.errors[0].code for each in results] == ["DUPLICATE_VALUE", "DUPLICATE_VALUE"]


class TestUniqueValues:
    def test_a_value_that_another_record_holds_is_refused_as_recorded(self, org: OrgClient) -> None:
        recorded = json.loads((RECORDED / "DUPLICATE_VALUE.json").read_text())["body"][0]
        holder = org.lease("L1")
        (error,) = org.refusals("Lease__c", Portfolio__c="main", Number__c="l1")
        assert error.code == recorded["errorCode"]
        assert list(error.fields) == recorded["fields"]
        assert error.message == recorded["message"].replace("Job_Client_Job_Id__c", "Number__c").replace(
            "a015f00000KxRpaAAF", holder
        )

    def test_case_matters_only_where_the_field_says_so(self, org: OrgClient) -> None:
        org.lease("L1", Plate__c="ab1")
        org.lease("L2", Plate__c="AB1")
        assert refusal(org, Plate__c="ab1")[0] == "DUPLICATE_VALUE"

    def test_rows_of_one_write_are_compared_too(self, org: OrgClient) -> None:
        row = {"Portfolio__c": "main", "Plate__c": "ab1"}
        first, second = org.write("create", "Lease__c", row, row)
        assert first.success
        assert (
            second.errors[0].message
            == f"duplicate value found: Plate__c duplicates value on record with id: {first.id}"
        )

    def test_a_refused_row_does_not_hold_its_value(self, org: OrgClient) -> None:
        first, second = org.write(
            "create",
            "Lease__c",
            {"Portfolio__c": "main", "Plate__c": "ab1", "Amount__c": -1},
            {"Portfolio__c": "main", "Plate__c": "ab1"},
        )
        assert (first.success, second.success) == (False, True)

    def test_a_record_may_keep_its_own_value(self, org: OrgClient) -> None:
        record_id = org.lease("L1")
        (result,) = org.write("update", "Lease__c", {"Id": record_id, "Number__c": "l1"})
        assert result.success

    def test_a_deleted_record_holds_nothing(self, org: OrgClient) -> None:
        org.write("delete", "Lease__c", {"Id": org.lease("L1")})
        assert org.lease("L1")


class TestUpsert:
    def test_no_match_creates_and_one_match_changes(self, org: OrgClient) -> None:
        rows = [{"Number__c": "L1", "Portfolio__c": "main"}, {"Number__c": "L2", "Portfolio__c": "main"}]
        created = org.write("upsert", "Lease__c", *rows, external_id="Number__c")
        changed = org.write("upsert", "Lease__c", {"Number__c": "l1", "Days__c": 3}, external_id="Number__c")
        assert [each.created for each in created] == [True, True]
        assert [(each.created, each.id) for each in changed] == [(False, created[0].id)]

    def test_several_matches_write_nothing(self, org: OrgClient) -> None:
        first, second = org.lease("L1", Batch__c="b"), org.lease("L2", Batch__c="b")
        (result,) = org.write("upsert", "Lease__c", {"Batch__c": "B", "Days__c": 9}, external_id="Batch__c")
        assert [(each.code, each.message) for each in result.errors] == [
            (
                "DUPLICATE_EXTERNAL_ID",
                f"Batch__c: more than one record found for external id field: [{first}, {second}]",
            )
        ]

    def test_a_key_that_comes_twice_is_refused_each_time(self, org: OrgClient) -> None:
        row = {"Number__c": "L1", "Portfolio__c": "main"}
        results = org.write("upsert", "Lease__c", row, {**row, "Number__c": "l1"}, external_id="Number__c")
        assert [each.errors[0].message for each in results] == [
            "Duplicate external id specified: L1",
            "Duplicate external id specified: l1",
        ]

    def test_a_key_that_comes_again_among_later_rows_changes_the_record(self, org: OrgClient) -> None:
        rows = [{"Number__c": f"L{number % 200}", "Portfolio__c": "main"} for number in range(201)]
        results = org.write("upsert", "Lease__c", *rows, external_id="Number__c")
        assert [each.created for each in results] == [True] * 200 + [False]

    def test_a_row_without_the_key_is_refused(self, org: OrgClient) -> None:
        (result,) = org.write("upsert", "Lease__c", {"Portfolio__c": "main"}, external_id="Number__c")
        assert [(each.code, each.message) for each in result.errors] == [
            ("MISSING_ARGUMENT", "Number__c not specified")
        ]

    def test_a_field_that_is_no_key_refuses_the_request(self, org: OrgClient) -> None:
        with pytest.raises(
            SalesforceError, match="Provided external ID field does not exist or is not accessible: Days__c"
        ):
            org.write("upsert", "Lease__c", {"Days__c": 1}, external_id="Days__c")


class TestParents:
    def test_a_parent_is_found_by_its_external_id(self, org: OrgClient) -> None:
        lease = org.lease("L1")
        promise = org.create("Promise__c", Lease__r={"Number__c": "l1"})
        assert org.row("Promise__c", promise)["Lease__c"] == lease

    def test_a_parent_that_is_not_there_is_refused(self, org: OrgClient) -> None:
        (error,) = org.refusals("Promise__c", Lease__r={"Number__c": "L9"})
        message = "Foreign key external ID: L9 not found for field Number__c in entity Lease__c"
        assert (error.code, error.message) == ("INVALID_FIELD", message)

    def test_an_owner_is_found_by_user_name(self, org: OrgClient) -> None:
        lease = org.lease(Owner={"attributes": {"type": "User"}, "Username": "collector@drawbar.example"})
        assert org.row("Lease__c", lease)["OwnerId"] == COLLECTOR_USER_ID

    def test_a_master_is_required_and_cannot_be_changed(self, org: OrgClient) -> None:
        first, second = org.lease("L1"), org.lease("L2")
        (error,) = org.refusals("Promise__c")
        assert error.message == "Required fields are missing: [Lease__c]"
        promise = org.create("Promise__c", Lease__c=first)
        for parent in ({"Lease__c": second}, {"Lease__r": {"Number__c": "L2"}}):
            (result,) = org.write("update", "Promise__c", {"Id": promise, **parent})
            assert result.errors[0].message == NO_FIELD.format("Lease__c")

    def test_a_detail_may_be_moved_when_its_master_says_so(self, org: OrgClient) -> None:
        first, second = org.lease("L1"), org.lease("L2")
        note = org.create("Note__c", Lease__c=first)
        (result,) = org.write("update", "Note__c", {"Id": note, "Lease__c": second})
        assert result.success

    def test_a_deleted_parent_is_refused(self, org: OrgClient) -> None:
        lease = org.lease()
        org.write("delete", "Lease__c", {"Id": lease})
        (error,) = org.refusals("Payment__c", Lease__c=lease)
        assert (error.code, error.message) == ("ENTITY_IS_DELETED", "entity is deleted")

    def test_the_deleted_parent_is_not_found_by_its_key(self, org: OrgClient) -> None:
        org.write("delete", "Lease__c", {"Id": org.lease("L1")})
        (error,) = org.refusals("Payment__c", Lease__r={"Batch__c": "L1"})
        assert error.code == "INVALID_FIELD"

    def test_a_lookup_is_emptied_by_null(self, org: OrgClient) -> None:
        payment = org.create("Payment__c", Lease__c=org.lease())
        org.write("update", "Payment__c", {"Id": payment, "Lease__c": None})
        assert org.row("Payment__c", payment)["Lease__c"] is None


class TestValidationRules:
    def test_every_rule_that_is_broken_is_told(self, org: OrgClient) -> None:
        errors = org.refusals("Lease__c", Portfolio__c="main", Amount__c=-1, Days__c=31, Status__c="Closed")
        assert {(each.code, each.message, each.fields) for each in errors} == {
            ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No debt.", ("Amount__c",)),
            ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Late leases stay open.", ()),
        }

    def test_a_rule_sees_what_the_update_leaves_as_it_was(self, org: OrgClient) -> None:
        lease = org.lease(Days__c=31)
        (result,) = org.write("update", "Lease__c", {"Id": lease, "Status__c": "Closed"})
        assert [each.message for each in result.errors] == ["Late leases stay open."]

    def test_a_rule_sees_what_was_before(self, org: OrgClient) -> None:
        lease = org.lease(Plate__c="a")
        changed, kept = (org.write("update", "Lease__c", {"Id": lease, "Plate__c": plate})[0] for plate in ("b", "a"))
        assert [each.message for each in changed.errors] == ["The plate is fixed."]
        assert kept.success

    def test_a_rule_sees_the_parent(self, org: OrgClient) -> None:
        org.lease("L1", Amount__c=100)
        errors = org.refusals("Promise__c", Lease__r={"Number__c": "L1"}, Amount__c=101)
        assert [each.message for each in errors] == ["More than the lease."]
        assert org.create("Promise__c", Lease__r={"Number__c": "L1"}, Amount__c=100)


def test_good_rows_are_written_beside_refused_ones(org: OrgClient) -> None:
    good, bad = {"Portfolio__c": "main"}, {"Portfolio__c": "much too long"}
    results = org.write("create", "Lease__c", good, bad, good)
    assert [each.success for each in results] == [True, False, True]
    assert org.count("Lease__c") == 2


def test_all_or_none_writes_nothing_when_one_row_is_refused(org: OrgClient) -> None:
    good, bad = {"Portfolio__c": "main"}, {"Portfolio__c": "much too long"}
    results = org.write("create", "Lease__c", *[good] * 250, bad, all_or_none=True)
    assert {each.errors[0].code for each in results[:-1]} == {"ALL_OR_NONE_OPERATION_ROLLED_BACK"}
    assert results[-1].errors[0].code == "STRING_TOO_LONG"
    assert org.count("Lease__c") == 0


def test_a_name_is_put_together_from_its_parts(org: OrgClient) -> None:
    contact = org.create("Contact", FirstName="Ada", LastName="Byron")
    assert org.row("Contact", contact)["Name"] == "Ada Byron"
    org.write("update", "Contact", {"Id": contact, "LastName": "Lovelace"})
    assert org.row("Contact", contact)["Name"] == "Ada Lovelace"


@pytest.mark.parametrize("name", ["Organization", "RecordType", "Profile"])
def test_what_only_administrators_make_cannot_be_written(org: OrgClient, name: str) -> None:
    with pytest.raises(
        SalesforceError, match=f"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: entity type cannot be inserted: {name}"
    ):
        org.write("create", name, {"Name": "x"})


def test_text_that_looks_like_sql_stays_text(org: OrgClient) -> None:
    text = '\'; DROP TABLE "Lease__c"; --'
    lease = org.lease("L1", Text__c=text)
    assert org.row("Lease__c", lease)["Text__c"] == text
