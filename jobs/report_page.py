"""The page that shows a report: printable, with charts, without scripts and without anything from elsewhere."""

from __future__ import annotations

from typing import Final

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ report.title }}</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #181818; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border: 1px solid #c9c9c9; padding: .25rem .5rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
thead { display: table-header-group; background: #f3f3f3; }
tr, figure { break-inside: avoid; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; }
svg { width: 40rem; max-width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: #181818; }
.bar { fill: #0b5cab; } .below { fill: #ba0517; }
@media print { body { margin: 0; font-size: 10px; } }
</style>
</head>
<body>
<h1>{{ report.title }}</h1>
<p>One row: {{ report.data_set.one_row }}. Made {{ report.made_at.strftime("%Y-%m-%d %H:%M") }} UTC by Drawbar.
{% if report.masked %}Names are blotted out.{% endif %}</p>
<table>
<thead><tr>
{% for name in report.by %}<th>{{ words(name) }}</th>{% endfor %}
{% for name in report.measures %}<th>{{ words(name) }}</th>{% endfor %}
</tr></thead>
<tbody>
{% for group in groups %}
<tr>{% for value in group.values %}<td>{{ value }}</td>{% endfor %}
<td class="number">{{ "{:,}".format(group.rows) }}</td>
{% for value in group.sums.values() %}<td class="number">{{ "{:,}".format(value) }}</td>{% endfor %}</tr>
{% endfor %}
<tr><th colspan="{{ report.by | length }}">All</th>
<td class="number">{{ "{:,}".format(report.total.rows) }}</td>
{% for value in report.total.sums.values() %}<td class="number">{{ "{:,}".format(value) }}</td>{% endfor %}</tr>
</tbody>
</table>
{% for chart in charts %}
<figure>
<figcaption>{{ words(chart.measure) }} by {{ words(chart.by) | lower }}</figcaption>
<svg viewBox="0 0 640 {{ chart.bars | length * 24 }}" role="img"
     aria-label="{{ words(chart.measure) }} by {{ words(chart.by) | lower }}">
{% for bar in chart.bars %}
<text x="190" y="{{ loop.index0 * 24 + 17 }}" text-anchor="end">{{ bar.label }}</text>
<rect class="{{ 'below' if bar.value < 0 else 'bar' }}" x="200" y="{{ loop.index0 * 24 + 4 }}" height="16"
      width="{{ bar.percent * 3 }}"><title>{{ bar.label }}: {{ "{:,}".format(bar.value) }}</title></rect>
<text x="{{ 206 + bar.percent * 3 }}" y="{{ loop.index0 * 24 + 17 }}">{{ "{:,}".format(bar.value) }}</text>
{% endfor %}
</svg>
</figure>
{% endfor %}
<table>
<thead><tr>{% for column in report.data_set.columns %}<th title="{{ column.meaning }}">{{ words(column.name) }}</th>
{% endfor %}</tr></thead>
<tbody>
{% for row in report.shown_rows() %}
<tr>{% for cell in row %}<td>{{ written(cell) }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</body>
</html>
"""
