import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { expectationsJsonSchema } from '../../../scripts/generate-schemas.ts';

const fromRoot = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

it('the JSON Schema for editors is that of the check (else: npm run schema)', () => {
  expect(expectationsJsonSchema()).toEqual(JSON.parse(fromRoot('expectations.schema.json')));
});

it('expectations.yaml names its schema', () => {
  expect(fromRoot('expectations.yaml')).toMatch(
    /^# yaml-language-server: \$schema=\.\/expectations\.schema\.json\n/,
  );
});

it('lets editors complete actions, sets, Regions, days and who assumes a role', () => {
  const text = JSON.stringify(expectationsJsonSchema());
  const offered = [...text.matchAll(/"examples":(\[[^[\]]*\])/g)].flatMap(
    ([, list = '[]']) => JSON.parse(list) as string[],
  );
  for (const { action } of actions) expect(offered).toContain(action);
  for (const set of permissionSetNames()) expect(offered).toContain(set);
  for (const one of ['eu-west-1', 'arn:aws:rekognition:*:*:collection/*', 'organization', 'role/ci', 'any']) {
    expect(offered).toContain(one);
  }
  expect(text.match(/"format":"date"/g)?.length).toBeGreaterThanOrEqual(2);
});
