import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { outlineSchema } from '#lib/expectation/schema.ts';

const page = readFileSync(new URL('../../../docs/expectations.md', import.meta.url), 'utf8');

/** Each example, and what the page says is told about it: the text block right behind it. */
const examples = [...page.matchAll(/```yaml\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs)].map(
  ([, yaml = '', said = '']) => ({
    heading: page.slice(0, page.indexOf(yaml)).split('\n## ').length,
    yaml,
    said,
  }),
);

describe('docs/expectations.md', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(6);
    expect(examples.filter(({ said }) => said !== '')).toHaveLength(1);
  });

  it.each(examples)('is right in section $heading', ({ yaml, said }) => {
    const { diagnostics } = parseExpectations(yaml, 'expectations.yaml', {
      now: new Date('2026-11-24T12:00:00Z'),
    });
    const lines = diagnostics.map(
      ({ location, severity, message }) => `${location.file}:${location.line}: ${severity}: ${message}\n`,
    );
    expect(lines.join('')).toBe(said);
  });

  it('names every section of the file', () => {
    const keys = Object.keys(outlineSchema.shape);
    expect(
      [...page.matchAll(/^\| `(\w+)` +\| /gm)]
        .map(([, key]) => key)
        .filter((key) => keys.includes(key ?? '')),
    ).toEqual(expect.arrayContaining(keys));
  });
});
