/** What crosses to the page as JSON, with bytes kept as bytes. The value is cloned first, as Electron does. */
export function encode(value: unknown): string {
  return JSON.stringify(structuredClone(value), (_, v: unknown) =>
    v instanceof Uint8Array ? { $bytes: Buffer.from(v).toString('base64') } : v,
  );
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_, v: unknown) =>
    v !== null && typeof v === 'object' && '$bytes' in v
      ? new Uint8Array(Buffer.from(v.$bytes as string, 'base64'))
      : v,
  );
}
