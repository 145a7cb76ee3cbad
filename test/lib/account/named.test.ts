import { expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { namedPrincipals } from '#lib/account/named.ts';
import { InputError } from '#lib/errors.ts';

const sample = () => accountFromFile('cli/samples/account.json');

test('each reference finds its principal, two of one find it once', async () => {
  const references = ['role/analyst', 'arn:aws:iam::123456789012:role/analyst', 'user/tomas'];
  const found = await namedPrincipals(await sample(), references);
  expect(found.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['user/tomas', 'role/analyst']);
});

test('every name that matches nobody is told, with the nearest', async () => {
  const asked = namedPrincipals(await sample(), ['role/analyst', 'role/analist', 'user/analyst']);
  await expect(asked).rejects.toThrow(InputError);
  await expect(asked).rejects.toThrow(
    'account 123456789012 has no role "analist" (did you mean "role/analyst"?)\naccount 123456789012 has no user "analyst"',
  );
});

test('a pattern finds all that match, and one that matches nobody is told', async () => {
  const found = await namedPrincipals(await sample(), ['role/*-search', 'user/t*', 'role/shop-search']);
  expect(found.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['user/tomas', 'role/shop-search']);
  const everyRole = await namedPrincipals(await sample(), ['role/*']);
  expect(everyRole.length).toBeGreaterThan(5);
  await expect(namedPrincipals(await sample(), ['role/zz*'])).rejects.toThrow(/has no role "zz\*"/);
});
