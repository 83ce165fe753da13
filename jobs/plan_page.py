"""The page that shows a plan: printable, without scripts and without anything from elsewhere."""

from __future__ import annotations

from typing import Final

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Plan {{ plan.id }}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #181818; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { border: 1px solid #c9c9c9; padding: .25rem .5rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
thead { display: table-header-group; background: #f3f3f3; }
tr { break-inside: avoid; }
.delete { background: #feded8; } .create { background: #ebf7e6; }
.sign td { height: 3rem; }
@media print { body { margin: 0; font-size: 10px; } }
</style>
</head>
<body>
<h1>Plan {{ plan.id }}</h1>
<table>
{% for row in head %}
<tr><th scope="row">{{ row[0] }}</th><td>{{ row[1:] | join("  ") }}</td></tr>
{% endfor %}
</table>
<table class="sign"><tr><th>Approved by</th><td></td><th>On</th><td></td></tr></table>
<table>
<thead><tr><th>Object</th><th>Key</th><th>Action</th><th>Field</th><th>Before</th><th>After</th><th>Why</th></tr></thead>
<tbody>
{% for change, rows in changes %}
{% for row in rows %}
<tr class="{{ change.action }}">{% for cell in row %}<td>{{ "" if cell is none else cell }}</td>{% endfor %}</tr>
{% endfor %}
{% endfor %}
</tbody>
</table>
</body>
</html>
"""
