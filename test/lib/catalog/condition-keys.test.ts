import { globalConditionKeys as inPackage } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import { globalConditionKeys } from '#lib/catalog/actions.ts';

it('has facts about every global condition key of the service authorization reference', () => {
  const named = (keys: readonly string[]) =>
    keys.map((key) => key.toLowerCase().replace(/\/.*$/, '/')).sort();
  expect(named(inPackage)).toEqual(named(globalConditionKeys));
});
