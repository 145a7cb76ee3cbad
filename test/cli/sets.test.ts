import { expect, test } from 'vitest';
import { run, sampleExpectations } from './program.ts';

test('the list, with the sets of a file', async () => {
  const { code, stdout } = await run(['sets', ...sampleExpectations]);
  await expect(stdout).toMatchFileSnapshot('golden/sets.txt');
  expect(code).toBe(0);
});

test('a managed policy by version, and a set of a file, expanded', async () => {
  const { code, stdout } = await run([
    'sets',
    'AmazonRekognitionReadOnlyAccess@v4',
    'own-store',
    ...sampleExpectations,
  ]);
  await expect(stdout).toMatchFileSnapshot('golden/sets-expanded.txt');
  expect(code).toBe(0);
});

test.each([
  ['shop-serch', /did you mean "shop-search"\?/],
  ['AmazonRekognitionReadOnlyAcces', /did you mean "AmazonRekognitionReadOnlyAccess"\?/],
  ['AmazonRekognitionReadOnlyAccess@v0', /versions: v1, v2/],
])('an unknown set, %s: exit 3', async (name, words) => {
  const { code, stderr } = await run(['sets', name, ...sampleExpectations]);
  expect(stderr).toMatch(words);
  expect(code).toBe(3);
});
