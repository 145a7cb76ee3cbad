import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { run } from './program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'validate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Buffer): string {
  const path = join(folder, 'expectations.yaml');
  writeFileSync(path, content);
  return path;
}

const rule = (match: string, expected = '[s]') =>
  `principals:\n  - { match: ${match}, expect: ${expected} }\n`;
const set = (statement: string) => `${rule('role/x')}sets:\n  s:\n    - { ${statement} }\n`;
const listFaces = 'Effect: Allow, Action: rekognition:ListFaces';
const on = (arn: string) => set(`${listFaces}, Resource: "${arn}"`);

/** What people get wrong, with what they are told: everything with its line, and what to write. */
const mistakes: readonly (readonly [name: string, content: string | Buffer, words: RegExp])[] = [
  [
    'a bare *',
    'principals:\n  - match: *\n    expect: []\n',
    /:2: a bare \* begins a YAML alias: write "\*"/,
  ],
  ['two documents', `${rule('role/x', '[]')}---\n${rule('role/y', '[]')}`, /several YAML documents/],
  ['UTF-16', Buffer.from(`\ufeff${rule('role/x', '[]')}`, 'utf16le'), /:1: .*UTF-16: save it as UTF-8/],
  [
    'a statement under expect',
    rule('role/x', `[{ ${listFaces}, Resource: "*" }]`),
    /:2: .*a statement stands under "sets"/,
  ],
  [
    'a list as text',
    rule('role/x', '"AmazonRekognitionFullAccess, readonly-example"'),
    /write several as a list, \[AmazonRekognitionFullAccess, readonly-example\]/,
  ],
  [
    'a mistyped action',
    set('Effect: Allow, Action: rekognition:ListFace, Resource: "*"'),
    /did you mean "ListFaces"/,
  ],
  [
    'a mistyped action of another service',
    set('Effect: Allow, Action: "s3:GetObjet", Resource: "*"'),
    /:5: .*s3 has no action "GetObjet" \(did you mean "GetObject"\?\)/,
  ],
  [
    'a pattern that is no action of another service',
    set('Effect: Allow, Action: "kms:Dycrypt*", Resource: "*"'),
    /:5: .*"kms:Dycrypt\*" matches none of kms's \d+ actions/,
  ],
  [
    'a mistyped condition operator',
    set(`${listFaces}, Resource: "*", Condition: { StringEqual: { aws:RequestedRegion: eu-west-1 } }`),
    /:5: .*unknown condition operator "StringEqual" \(did you mean "StringEquals"\?\)/,
  ],
  [
    'a mistyped Bool',
    set(`${listFaces}, Resource: "*", Condition: { Bol: { aws:SecureTransport: true } }`),
    /:5: .*"Bol" \(did you mean "Bool"\?\)/,
  ],
  [
    'a mistyped IfExists',
    set(`${listFaces}, Resource: "*", Condition: { StringEqualsIfExist: { aws:PrincipalTag/a: b } }`),
    /:5: .*\(did you mean "StringEqualsIfExists"\?\)/,
  ],
  [
    'a mistyped operator behind a quantifier',
    set(`${listFaces}, Resource: "*", Condition: { "ForAnyValues:StringLik": { aws:TagKeys: b } }`),
    /:5: .*\(did you mean "ForAnyValue:StringLike"\?\)/,
  ],
  [
    'a mistyped operator in a guard',
    `${rule('role/x', '[]')}guards:\n  g: { condition: { IpAdress: { aws:SourceIp: 10.0.0.1 } } }\n`,
    /:4: .*"IpAdress" \(did you mean "IpAddress"\?\)/,
  ],
  [
    'a mistyped service of an action',
    set('Effect: Allow, Action: "rekogniton:*", Resource: "*"'),
    /did you mean "rekognition"/,
  ],
  [
    'a mistyped service of an ARN',
    on('arn:aws:rekogntion:*:*:collection/a'),
    /:5: .*did you mean "rekognition"/,
  ],
  ['another service’s ARN', on('arn:aws:s3:::bucket'), /:5: .*no action of Rekognition is about it/],
  ['a mistyped partition', on('arn:awss:rekognition:*:*:collection/a'), /did you mean "aws"/],
  [
    'what is no Region',
    on('arn:aws:rekognition:useast1:*:collection/a'),
    /"useast1" is not a Region.*did you mean "us-east-1"/,
  ],
  ['what is no account', on('arn:aws:rekognition:*:12345:collection/a'), /"12345" is no account id/],
  ['a mistyped kind of resource', on('arn:aws:rekognition:*:*:colection/a'), /did you mean "collection"/],
  ['half an ARN', on('arn:aws:rekognition:us-east-1'), /is no whole ARN/],
  [
    'a project without its time',
    on('arn:aws:rekognition:*:*:project/logos/version/logos.1'),
    /:5: .*matches no resource: the ARN ends in the time of creation/,
  ],
  [
    'a mistyped address',
    set(`${listFaces}, Resource: "*", Condition: { IpAddress: { aws:SourceIp: 10.0.0.300 } }`),
    /"10.0.0.300" is not an IP address/,
  ],
  [
    'a boolean that is none',
    set(`${listFaces}, Resource: "*", Condition: { Bool: { aws:SecureTransport: yes } }`),
    /"yes" is not true or false/,
  ],
  [
    'a time that is none',
    set(`${listFaces}, Resource: "*", Condition: { DateLessThan: { aws:CurrentTime: 31.12.2026 } }`),
    /is not a date/,
  ],
  [
    'a Region that is none in a condition',
    set(`${listFaces}, Resource: "*", Condition: { StringEquals: { aws:RequestedRegion: eu-west } }`),
    /"eu-west" is not a Region/,
  ],
  [
    'an address in the context',
    `context: { aws:SourceIp: 10.0.0.0/8 }\n${rule('role/x', '[]')}`,
    /:1: context.aws:SourceIp: .*is not one IP address/,
  ],
  [
    'a mistyped set',
    rule('role/x', '[AmazonRekognitionReadonly]'),
    /did you mean "AmazonRekognitionReadOnlyAccess"/,
  ],
  [
    'a mistyped key',
    'principal:\n  - { match: role/x, expect: [] }\n',
    /:1: unknown key "principal" \(did you mean "principals"\?\)/,
  ],
];

test.each(mistakes)('refuses %s', async (_, content, words) => {
  const { code, stderr } = await run(['validate', fileOf(content)]);
  expect(stderr).toMatch(words);
  expect(stderr).toMatch(/^error: .*expectations\.yaml:\d+: /);
  expect(code).toBe(3);
});

test('tells all mistakes at once', async () => {
  const { stderr } = await run([
    'validate',
    fileOf(
      `${on('arn:aws:rekogntion:*:*:collection/a')}region: nowhere\nsuppress: [{ principal: role/x }]\n`,
    ),
  ]);
  expect(stderr.match(/expectations\.yaml:\d+: /g)?.length).toBeGreaterThan(3);
});

const warned: readonly (readonly [name: string, content: string, words: RegExp])[] = [
  ['an empty file', '', /:1: the file says nothing/],
  [
    'a Region that no partition has',
    on('arn:aws:rekognition:us-east-9:*:collection/a'),
    /no partition of AWS has a Region "us-east-9" \(did you mean "us-east-1"\?\)/,
  ],
  [
    'an action on resources that it is never judged on',
    set('Effect: Allow, Action: rekognition:SearchFaces, Resource: "arn:aws:rekognition:*:*:project/a/1"'),
    /rekognition:SearchFaces is judged on collection resources/,
  ],
  [
    'a SAM template that grants nothing',
    rule('role/x', '["RekognitionNoDataAccessPolicy(visitors)"]'),
    /it grants nothing/,
  ],
  [
    'nobody judged by a tag',
    rule('{ tag: { team: a } }', 'any'),
    /whoever may tag users and roles decides who is not judged/,
  ],
  [
    'nobody judged by a pattern',
    rule('role/admin-*', 'any'),
    /whoever may create users or roles with such a name/,
  ],
  ['nobody judged by a path', rule('{ path: /admin/* }', 'any'), /with such a path/],
];

test.each(warned)('warns of %s', async (_, content, words) => {
  const { code, stdout } = await run(['validate', fileOf(content)]);
  expect(stdout).toMatch(words);
  expect(code).toBe(0);
});

describe('what is right', () => {
  it.each([
    ['a Region of AWS without Rekognition', on('arn:aws:rekognition:eu-north-1:*:collection/a')],
    ['an exact name that is not judged', rule('role/break-glass', 'any')],
    [
      'other services beside Rekognition',
      set('Effect: Allow, Action: [rekognition:DetectFaces, s3:GetObject], Resource: "*"'),
    ],
    [
      'resources of another service',
      set('Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::videos/*"'),
    ],
  ])('takes %s without a word', async (_, content) => {
    const { code, stdout, stderr } = await run(['validate', fileOf(content)]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\S*expectations\.yaml is valid: 1 rule, \d own sets?, 0 suppressions\n$/);
    expect(code).toBe(0);
  });
});

test('with an account, says what is of no use in it', async () => {
  const content = `${rule('[role/analyst, role/nobody]', '[AmazonRekognitionReadOnlyAccess]')}suppress:
  - { principal: role/analyst, actions: rekognition:DetectFaces, reason: r, owner: o, until: 2999-01-01 }
`;
  const args = ['--account-details', 'cli/samples/account.json'];
  const { stdout } = await run(['validate', fileOf(content), ...args]);
  expect(stdout).toMatch(/:2: no user or role matches "role\/nobody"/);
  expect(stdout).toMatch(/:4: suppress: there is no such finding, so it suppresses nothing/);
});
