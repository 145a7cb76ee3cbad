import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { InputError } from '#lib/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guardrails-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(content: string) {
  const path = join(folder, 'guardrails.yaml');
  writeFileSync(path, content);
  return guardrailsFromFile(path);
}

const DOCUMENT = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const TEXT = JSON.stringify(DOCUMENT);

describe('guardrailsFromFile', () => {
  test('reads levels of policies, root first, as objects or as text', async () => {
    const { scps, rcps } = await load(`
scps:
  - - name: FullAWSAccess
      document:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: "*", Resource: "*" }]
  - - name: own
      document: '${TEXT}'
`);
    expect(scps).toEqual([
      [{ name: 'FullAWSAccess', type: 'scp', text: JSON.stringify(DOCUMENT, null, 4) }],
      [{ name: 'own', type: 'scp', text: TEXT }],
    ]);
    expect(rcps).toBeUndefined();
  });

  test('reads JSON, and keeps values as they are written', async () => {
    const document = {
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: '*',
          Resource: '*',
          Condition: { StringNotEquals: { 'aws:PrincipalAccount': '012345678901' } },
        },
      ],
    };
    const { rcps } = await load(JSON.stringify({ rcps: [[{ name: 'r', document }]] }));
    expect(JSON.parse(rcps?.[0]?.[0]?.text ?? '')).toEqual(document);
  });

  const bad: [name: string, content: string, message: RegExp][] = [
    ['an unknown key', 'scp: []', /guardrails\.yaml:1: unknown key scp/],
    [
      'a level that is no list',
      'scps:\n  - name: x\n    document: {}',
      /guardrails\.yaml:2: scps\.0: expected array/,
    ],
    ['an empty level', 'scps:\n  - []', /:2: scps\.0: a level has at least one policy/],
    ['a policy without a name', `scps:\n  - - document: '${TEXT}'`, /:2: scps\.0\.0\.name: expected string/],
    [
      'a document of another kind',
      'scps:\n  - - name: bad\n      document: []',
      /:3: .*document: expected a policy/,
    ],
    ['a document that is no policy', 'scps:\n  - - name: bad\n      document: "{"', /:2: bad: /],
    ['no YAML', 'scps: [', /guardrails\.yaml:1: /],
    ['an empty file', '', /guardrails\.yaml:1: expected object/],
  ];
  test.each(bad)('refuses %s', async (_, content, message) => {
    const loading = load(content);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });

  test('says that a file does not exist', async () => {
    await expect(guardrailsFromFile(join(folder, 'absent.yaml'))).rejects.toThrow(
      /cannot read the guardrails file/,
    );
  });
});
