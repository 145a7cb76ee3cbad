/** A value as YAML on one line. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${flow(key)}: ${flow(member)}`);
    return `{ ${members.join(', ')} }`;
  }
  const isPlain = typeof value === 'string' && /^[a-z][\w./@-]*(:\w[\w/@-]*)*$/i.test(value);
  const isWord = /^(true|false|null|yes|no|on|off|y|n)$/i.test(String(value));
  return isPlain && !isWord ? value : JSON.stringify(value);
}
