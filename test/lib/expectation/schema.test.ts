import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { expectationsJsonSchema } from '../../../scripts/generate-expectations-schema.ts';

const fromRoot = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

it('the JSON Schema for editors is that of the check (else: npm run schema)', () => {
  expect(expectationsJsonSchema()).toEqual(JSON.parse(fromRoot('expectations.schema.json')));
});

it('expectations.yaml names its schema', () => {
  expect(fromRoot('expectations.yaml')).toMatch(
    /^# yaml-language-server: \$schema=\.\/expectations\.schema\.json\n/,
  );
});
