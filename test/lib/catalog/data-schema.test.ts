import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { factsSchema, managedPoliciesSchema, otherPoliciesSchema } from '#lib/catalog/data-schema.ts';

it.each([
  ['facts.json', factsSchema],
  ['managed-policies.json', managedPoliciesSchema],
  ['other-policies.json', otherPoliciesSchema],
])('%s is what its schema says', (file, schema) => {
  const data: unknown = JSON.parse(
    readFileSync(new URL(`../../../lib/catalog/${file}`, import.meta.url), 'utf8'),
  );
  expect(schema.safeParse(data)).toEqual({ success: true, data });
});
