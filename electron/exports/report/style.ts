/** The report's style: black on white, for the screen and for paper alike. */
export const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f1efe9; color: #1c2321; font: 15px/1.5 "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 780px; margin: 24px auto; padding: 48px 56px; background: #fff; }
h1, h2, .verdict p.say { font-family: Georgia, "Times New Roman", serif; font-weight: 400; line-height: 1.2; }
h1 { margin: 0 0 4px; font-size: 30px; overflow-wrap: anywhere; }
h2 { margin: 36px 0 8px; padding-top: 10px; border-top: 1px solid #d8d5cc; font-size: 21px; break-after: avoid; }
h3 { margin: 18px 0 4px; font-size: 15px; break-after: avoid; }
p, ul, dl, table, figure { margin: 8px 0; orphans: 3; widows: 3; }
ul { padding-left: 20px; }
li { margin: 3px 0; }
.kind { margin: 0 0 10px; color: #115c4b; font-weight: 600; letter-spacing: .04em; }
.sub, .small, figcaption { color: #545d59; font-size: 13px; }
.verdict { margin: 22px 0 8px; padding: 18px 22px; border: 1.5px solid #8a8f8c; border-left-width: 8px; break-inside: avoid; }
.verdict.poisoned { border-color: #a3342a; }
.verdict.no-evidence { border-color: #115c4b; }
.verdict.uncertain { border-color: #94690a; }
.verdict p.say { margin: 0 0 4px; font-size: 25px; }
.verdict ul { margin-bottom: 0; }
.mean { padding: 10px 14px; background: #f3f6f4; break-inside: avoid; }
table { width: 100%; border-collapse: collapse; font-size: 13.5px; }
tr { break-inside: avoid; }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid #e3e1da; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { border-bottom: 1.5px solid #1c2321; vertical-align: bottom; }
th { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; padding-right: 0; padding-left: 10px; white-space: nowrap; }
td .range { display: block; color: #545d59; font-size: 12px; }
tr.lead th, tr.lead td { background: #f3f6f4; }
figure, .whole { break-inside: avoid; }
.before { break-after: avoid; break-inside: avoid; }
.decisions td:first-child { min-width: 96px; }
.decisions td:last-child { width: 82px; }
figure img { display: block; width: 100%; height: auto; image-rendering: pixelated; border: 1px solid #d8d5cc; }
.three { display: flex; gap: 18px; break-inside: avoid; }
.three figure { flex: 1; max-width: 170px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.grid { stroke: #e3e1da; stroke-width: 1; }
.tick { fill: #545d59; font-size: 11px; }
.all { fill: #b9beb9; }
.isolated { fill: #a3342a; }
.line { fill: none; stroke-width: 2; }
.line.naive { stroke: #b3502f; stroke-dasharray: 6 3; }
.line.abl { stroke: #115c4b; }
.line.oracle { stroke: #6a6f9c; stroke-dasharray: 2 3; }
.legend { break-after: avoid; display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 13px; }
.legend span { display: inline-flex; gap: 6px; align-items: center; }
.key { display: inline-block; width: 24px; height: 8px; }
.swatch { display: inline-block; width: 11px; height: 11px; }
.swatch.all { background: #b9beb9; }
.swatch.isolated { background: #a3342a; }
dl { display: grid; grid-template-columns: 190px 1fr; gap: 3px 14px; font-size: 13.5px; }
dt { color: #545d59; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
.columns { columns: 2; column-gap: 32px; font-size: 12.5px; }
.columns div { display: flex; justify-content: space-between; gap: 10px; break-inside: avoid; }
.columns dt, .columns dd { text-align: left; }
dl.columns { display: block; }
.group { break-inside: avoid; }
.group h4 { margin: 12px 0 4px; font-size: 12.5px; color: #545d59; }
.group dt { color: inherit; }
.group dd { flex: none; max-width: 55%; }
.group dt code { font-size: 10.5px; color: #6b746f; }
footer { margin-top: 36px; padding-top: 10px; border-top: 1px solid #d8d5cc; color: #545d59; font-size: 12px; }
@page {
  size: A4;
  margin: 16mm 15mm 18mm;
  @bottom-left { content: "Theriac report"; color: #545d59; font: 8pt "Segoe UI", system-ui, Arial, sans-serif; }
  @bottom-right { content: counter(page) " / " counter(pages); color: #545d59; font: 8pt "Segoe UI", system-ui, Arial, sans-serif; }
}
@media print {
  body { background: #fff; font-size: 10.5pt; }
  main { max-width: none; margin: 0; padding: 0; }
}
@media (max-width: 640px) {
  main { margin: 0; padding: 24px 18px; }
  dl { grid-template-columns: 1fr; }
  .three { flex-wrap: wrap; }
}
`.trim();
