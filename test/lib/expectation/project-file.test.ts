import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectations, messages, principal } from './fixtures.ts';

describe('the file that the project brings', () => {
  const text = readFileSync(new URL('../../../expectations.yaml', import.meta.url), 'utf8');

  it('is the built-in expectation until somebody edits it', () => {
    expect(messages(text)).toEqual([]);
    expect(expectations(text).expectationFor(principal()).label).toBe('nothing');
    expect(expectations(text).idleEntries('2026-11-24')).toEqual([]);
  });

  it('has examples that are right when their # is removed', () => {
    const used = text.replace(/^#(?! |$)|^#(?= {2})/gm, '');
    expect(used).toContain('\nprincipals:\n  - match: role/analyst*\n');
    expect(messages(used)).toEqual([]);
    expect(expectations(used).expectationFor(principal()).label).toBe('AmazonRekognitionReadOnlyAccess v10');
    expect(expectations(used).suppressions).toHaveLength(1);
  });
});
