import { createHash } from 'node:crypto';

/** Markup that may be put into a document as it is. Everything else is escaped on its way in. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly (Markup | string)[] | null;

/** A piece of HTML. Values are escaped, unless they are markup themselves; null is nothing. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Markup {
  return new Markup(
    strings.reduce((whole, text, i) => whole + text + (i < values.length ? part(values[i]!) : ''), ''),
  );
}

function part(value: Part): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map((one: Markup | string) => part(one)).join('');
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A PNG as the address of an image element. */
export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/**
 * A document that stands alone: it asks for nothing and runs nothing, and its policy says so.
 * @param style CSS; the policy allows these very bytes only
 */
export function document(title: string, style: string, body: Markup): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Theriac">
<title>${part(title)}</title>
<style>${style}</style>
</head>
<body>
${body.text}
</body>
</html>
`;
}
