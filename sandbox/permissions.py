"""Which permission sets a user has, alone or by a group of them."""

from __future__ import annotations

import sqlite3

from drawbar.sandbox.schema import PermissionSet, Schema


def assigned_sets(connection: sqlite3.Connection, schema: Schema, user_id: str) -> list[PermissionSet]:
    """Give the permission sets that are assigned to a user."""
    if not schema.permission_sets:
        return []
    rows = connection.execute(
        'SELECT s."Name", g."DeveloperName" FROM "PermissionSetAssignment" AS a'
        ' LEFT JOIN "PermissionSet" AS s ON s."Id" = a."PermissionSetId"'
        ' LEFT JOIN "PermissionSetGroup" AS g ON g."Id" = a."PermissionSetGroupId"'
        ' WHERE a."AssigneeId" = ?',
        (user_id,),
    ).fetchall()
    names = {name for row in rows for name in row if name}
    groups = [each for each in schema.permission_sets if each.group_of and each.name in names]
    names |= {name for each in groups for name in each.group_of}
    return [each for each in schema.permission_sets if each.name in names and not each.group_of]


def custom_permissions(connection: sqlite3.Connection, schema: Schema, user_id: str) -> frozenset[str]:
    """Give the custom permissions that a user has, as a formula names them: `$Permission.Hub_Integration`."""
    sets = assigned_sets(connection, schema, user_id)
    return frozenset(f"$Permission.{name}" for each in sets for name in each.custom_permissions)
