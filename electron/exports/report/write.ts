import type { ReportData } from './data.ts';
import { document, html } from './html.ts';
import { glossary, limits, record } from './record.ts';
import { curves, evidence, head, models, verdict } from './sections.ts';
import { STYLE } from './style.ts';

/** The report as one HTML file that needs nothing else. The same experiment gives the same bytes. */
export function reportHtml(data: ReportData): string {
  const { experiment, dataset } = data;
  const body = html`<main>
    ${head(data)} ${verdict(data)} ${models(data)} ${evidence(data)} ${curves(data)} ${limits(data)}
    ${record(data)} ${glossary()}
    <footer>
      Made by Theriac ${experiment.appVersion}, without any connection to a network. Experiment
      ${experiment.id}, data set <code>${dataset.hash.slice(0, 16)}</code>.
    </footer>
  </main>`;
  return document(`Theriac report: ${dataset.name}`, STYLE, body);
}
