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

function load(content: string, warn?: (line: string) => void) {
  const path = join(folder, 'guardrails.yaml');
  writeFileSync(path, content);
  return guardrailsFromFile(path, warn);
}

const DOCUMENT = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const TEXT = JSON.stringify(DOCUMENT);

describe('guardrailsFromFile', () => {
  test('reads whether the AI services policy opts Rekognition out', async () => {
    expect(await load('ai-services-opt-out: yes')).toEqual({ aiServicesOptOut: true });
    expect(await load('ai-services-opt-out: no')).toEqual({ aiServicesOptOut: false });
    expect(await load('rcps: []')).not.toHaveProperty('aiServicesOptOut');
    await expect(load('ai-services-opt-out: maybe')).rejects.toThrow(/guardrails.yaml:1: .*yes or no/);
  });

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
          Action: 's3:*',
          Resource: '*',
          Condition: { StringNotEquals: { 'aws:PrincipalAccount': '012345678901' } },
        },
      ],
    };
    const { rcps } = await load(JSON.stringify({ rcps: [[{ name: 'r', document }]] }));
    expect(JSON.parse(rcps?.[0]?.[0]?.text ?? '')).toEqual(document);
  });

  const bad: [name: string, content: string, message: RegExp][] = [
    ['an unknown key', 'scp: []', /guardrails\.yaml:1: no guardrails file .*: unknown key scp/],
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
    ['an alias of nothing', 'scps:\n  - [{ name: x, document: *a }]', /:2: no anchor is called &a/],
    ['an account id that is none', 'management-account: 1', /:1: management-account: .*twelve digits/],
    ['the id of no endpoint', 'vpc-endpoints:\n  - { id: vpc-1, document: {} }', /:2: .*like vpce-0123/],
    [
      'an endpoint that stands there twice',
      `vpc-endpoints:\n  - { id: vpce-1, document: '${TEXT}' }\n  - { id: vpce-1, document: '${TEXT}' }`,
      /:3: VPC endpoint vpce-1 stands here twice/,
    ],
    [
      "an endpoint's policy that is none",
      'vpc-endpoints:\n  - { id: vpce-1, document: "{" }',
      /:2: vpce-1: /,
    ],
    ['UTF-16', 'scps: []'.replaceAll(/./g, (one) => `${one}\0`), /guardrails\.yaml:1: .*UTF-16/],
    ['an empty file', '', /guardrails\.yaml:1: no guardrails file .*: expected object/],
  ];
  test.each(bad)('refuses %s', async (_, content, message) => {
    const loading = load(content);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });

  const statement = (more: object) =>
    JSON.stringify({ Statement: [{ Effect: 'Deny', Resource: '*', ...more }] });
  const everybody = { Principal: '*' };
  test.each([
    ['an RCP for everything', 'rcps', { ...everybody, Action: '*' }, /RCPs? .*do not act on Rekognition/i],
    [
      'an RCP for Rekognition',
      'rcps',
      { ...everybody, Action: 'Rekognition:Delete*' },
      /do not act on Rekognition/,
    ],
    [
      'an RCP for all but something',
      'rcps',
      { ...everybody, NotAction: 's3:*' },
      /do not act on Rekognition/,
    ],
    ['an RCP for any service', 'rcps', { ...everybody, Action: '*:Delete*' }, /do not act on Rekognition/],
    [
      'an RCP for a service without RCPs',
      'rcps',
      { ...everybody, Action: 'frauddetector:*' },
      /stores no resource control/,
    ],
    ['an SCP with a principal', 'scps', { ...everybody, Action: '*' }, /with a Principal \(statement 1\)/],
  ])('leaves out %s, and says so', async (_, kind, more, words) => {
    const warnings: string[] = [];
    const content = JSON.stringify({ [kind]: [[{ name: 'x', document: statement(more) }]] });
    const read = await load(content, (line) => warnings.push(line));
    expect(read).toEqual({ [kind]: [] });
    expect(warnings).toEqual([expect.stringMatching(words)]);
    expect(warnings[0]).toContain('guardrails.yaml:1: ');
  });

  const endpoints = (more: object) =>
    JSON.stringify({ 'vpc-endpoints': [{ id: 'vpce-0a1', document: statement({ Action: '*', ...more }) }] });

  test('reads the policies of VPC endpoints', async () => {
    const warnings: string[] = [];
    const read = await load(endpoints(everybody), (line) => warnings.push(line));
    const text = statement({ Action: '*', ...everybody });
    expect(read).toEqual({ vpcEndpoints: [{ name: 'vpce-0a1', type: 'endpoint', text }] });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['without a Principal', {}, /policy of VPC endpoint vpce-0a1 is left out: .* without a Principal/],
    ['with a NotPrincipal', { NotPrincipal: { AWS: '111122223333' } }, /whom NotPrincipal means/],
  ])("leaves out an endpoint's policy %s, and says so", async (_, more, words) => {
    const warnings: string[] = [];
    expect(await load(endpoints(more), (line) => warnings.push(line))).toEqual({ vpcEndpoints: [] });
    expect(warnings).toEqual([expect.stringMatching(words)]);
  });

  test.each([
    ["AWS's own RCP that allows everything", 'rcps', { Effect: 'Allow', ...everybody, Action: '*' }],
    ['an RCP for services that have RCPs', 'rcps', { ...everybody, Action: ['s3:*', 'KMS:Decrypt'] }],
    ['an SCP for everything', 'scps', { Action: '*' }],
  ])('keeps %s', async (_, kind, more) => {
    const warnings: string[] = [];
    const content = JSON.stringify({ [kind]: [[{ name: 'x', document: statement(more) }]] });
    const read = await load(content, (line) => warnings.push(line));
    expect(read).toMatchObject({ [kind]: [[{ name: 'x' }]] });
    expect(warnings).toEqual([]);
  });

  test('says that a file does not exist', async () => {
    await expect(guardrailsFromFile(join(folder, 'absent.yaml'))).rejects.toThrow(
      /cannot read the guardrails file/,
    );
  });
});
