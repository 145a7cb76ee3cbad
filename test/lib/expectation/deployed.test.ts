import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '#lib/errors.ts';
import { deployableExpectations } from '#lib/expectation/deployable.ts';
import { readDeployed } from '#lib/expectation/deployed.ts';
import { readYaml } from '#lib/expectation/yaml-file.ts';

const fromRoot = (path: string) => new URL(`../../../${path}`, import.meta.url);
const samples = readdirSync(fromRoot('cli/samples')).filter((file) => file.endsWith('expectations.yaml'));
const texts: readonly (readonly [string, string])[] = [
  ...['expectations.yaml', ...samples.map((file) => `cli/samples/${file}`)].map(
    (path) => [path, readFileSync(fromRoot(path), 'utf8')] as const,
  ),
  ['an empty file', ''],
  [
    'anchors, and numbers that keep their zeros',
    'sets:\n  a: &a [view-own-permissions]\n  b: *a\nprincipals:\n  - match: { tag: { account: 000123 } }\n    expect: [a, b]\n',
  ],
  ['a key called __proto__', 'principals:\n  - match: { tag: { __proto__: x } }\n    expect: any\n'],
];

describe('what is deployed', () => {
  it.each(texts)('of %s says the same as the text', (_, text) => {
    const { files } = deployableExpectations(text, 'e.yaml');
    expect(files['expectations.yaml']).toBe(text);
    expect(readDeployed(files['expectations.json'], text)).toEqual(readYaml(text));
  });

  it('is not taken for a text that was edited since', () => {
    const { files } = deployableExpectations('default: []\n', 'e.yaml');
    expect(readDeployed(files['expectations.json'], 'default: any\n')).toBeUndefined();
  });

  it('is refused with every error and its line', () => {
    const refused = () => deployableExpectations('default: []\nfoo: 1\nregion: here\n', 'team/e.yaml');
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(/^team\/e\.yaml:2: .*"foo".*\nteam\/e\.yaml:3: region: /);
    expect(() => deployableExpectations('default: [\n', 'e.yaml')).toThrow(/^e\.yaml:\d: not valid YAML/);
  });

  it('comes with the warnings', () => {
    const { warnings } = deployableExpectations('sets: { a: [view-own-permissions] }\n', 'e.yaml');
    expect(warnings).toEqual(['e.yaml:1: sets.a: the set is never used']);
  });
});
