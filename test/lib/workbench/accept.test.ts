import { describe, expect, test } from 'vitest';
import type { Account } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Finding } from '#lib/compare/types.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { openFindings } from '#lib/report/exit.ts';
import type { FindingKind } from '#lib/words/kinds.ts';
import { accept, checkOf } from '#lib/workbench/accept.ts';
import { anyone, lambda, lets, may } from '../check/ways-in.ts';
import { managed } from '../compare/fixtures.ts';
import { accountId, accountOf, policyOf, role, user } from '../reach/account.ts';

const file = 'expectations.yaml';
const project = `arn:aws:rekognition:eu-west-1:${accountId}:project/shop`;
const copies = (Principal: object | string) => ({
  Effect: 'Allow',
  Principal,
  Action: 'rekognition:CopyProjectVersion',
  Resource: `${project}/version/*`,
});
const rekognition = lets({ Service: 'rekognition.amazonaws.com' });
const rest = 'AmazonRekognitionReadOnlyAccess';
const changed = {
  ...managed(rest, 'v10'),
  versionId: 'v11',
  text: policyOf('x', [...JSON.parse(managed(rest, 'v10').text).Statement, may('rekognition:DeleteFaces')])
    .text,
};

/** Somebody of each kind of finding that a check of the documents has. */
const everybody = [
  user('two', [may('rekognition:DeleteFaces'), { ...may('rekognition:ListFaces'), Sid: 'other' }]),
  user('lacks', may('rekognition:DetectFaces')),
  user('no-mfa', may('rekognition:DetectLabels', 'rekognition:DetectFaces')),
  user('can-grow', [may('rekognition:DetectLabels'), { ...may('iam:PutUserPolicy'), Sid: 'grow' }]),
  user('unread', [], { unreadable: ['policy/gone'] }),
  user('malformed', [], { policies: [{ name: 'p', type: 'inline', text: '{' }] }),
  user('reader', [], { policies: [changed] }),
  role('open', anyone, may('rekognition:DetectLabels')),
  role('behind', lets({ AWS: `arn:aws:iam::${accountId}:role/open` }), may('rekognition:DetectText')),
  role('deputy', rekognition, may('rekognition:DetectLabels')),
  role('own', lets({ AWS: `arn:aws:iam::${accountId}:user/two` }), may('rekognition:DetectLabels')),
  role('stream', lambda, may('rekognition:DetectLabels')),
  role('garbled', { ...anyone, Condition: { Foo: { 'aws:username': 'x' } } }, may('rekognition:DetectText')),
];
const account: Account = {
  ...accountOf(...everybody),
  projectPolicies: [
    { projectArn: `${project}/1`, policy: { ...policyOf('p', copies('*')), type: 'resource' } },
    {
      projectArn: `${project}/2`,
      policy: { ...policyOf('q', copies({ AWS: `arn:aws:iam::${accountId}:user/two` })), type: 'resource' },
    },
    { projectArn: `${project}/3`, policy: { name: 'r', type: 'resource', text: '{' } },
  ],
};

const text = `# who should be able to do what
sets:
  labels: [{ Effect: Allow, Action: "rekognition:DetectLabels", Resource: "*" }]
  texts: [{ Effect: Allow, Action: "rekognition:DetectText", Resource: "*" }]
  faces: [{ Effect: Allow, Action: ["rekognition:DetectFaces", "rekognition:SearchFaces"], Resource: "*" }]
guards:
  mfa: { mfa: true, applies-to: users }
principals:
  - { match: user/two, expect: [] }
  - { match: user/lacks, expect: [faces], unguarded: [faces], guards: [] }
  - { match: user/no-mfa, expect: [labels, faces] }
  - { match: user/can-grow, expect: [labels], guards: [] }
  - { match: user/unread, expect: [] }
  - { match: user/reader, expect: [${rest}], guards: [] }
  - { match: [role/behind, role/garbled], expect: [texts] }
  - { match: role/own, expect: [labels], assumed-by: [user/nobody] } # its own rule
  - { match: role/stream, expect: [labels], assumed-by: [rekognition.amazonaws.com, lambda.amazonaws.com] }
  - { match: role/*, expect: [labels] }
default: []
suppress:
  - { principal: user/two, actions: [rekognition:DetectText], reason: r, owner: o, until: 2020-01-31 }
`;

const suppression = { reason: 'moves soon', owner: 'vision@example.com', until: '2099-12-31' };

function read(of: string) {
  const { expectations, diagnostics } = parseExpectations(of, file);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return expectations;
}

const openIn = async (of: string, all = account): Promise<readonly Finding[]> =>
  openFindings((await checkAccount(all, { expectations: read(of) })).findings);

const told = ({ kind, subject, actions }: Finding): string =>
  `${kind} ${subject} ${actions.map(({ action }) => action).join()}`;

const before = await openIn(text);

test('there is somebody of every kind that a check of documents finds', () => {
  const kinds = new Set(before.map(({ kind }) => kind));
  const others: readonly FindingKind[] = [
    'exposed',
    'excess',
    'unguarded',
    'indirect',
    'missing',
    'unreachable',
    'managed-policy-changed',
    'suppression-expired',
    'inconclusive',
  ];
  expect([...kinds].sort()).toEqual([...others].sort());
});

const table = before.map((finding): [string, Finding] => [told(finding), finding]);

describe('whatever is found can be accepted, and nothing else is hidden by it', () => {
  test.each(table)('for a time: %s', async (_, finding) => {
    const expectations = read(text);
    const written = await accept(checkOf(account), [finding.id], { file, text, expectations, suppression });
    expect(written.text).toContain('# who should be able to do what');
    const after = await openIn(written.text);
    expect(after.map(({ id }) => id)).toEqual(before.filter((one) => one !== finding).map(({ id }) => id));
  });

  test.each([
    ['excess user/two', user('two', may('rekognition:DeleteFaces', 'rekognition:ListFaces'))],
    ['exposed role/open', role('open', anyone, may('rekognition:DetectLabels', 'rekognition:DeleteFaces'))],
    ['indirect user/can-grow', user('can-grow', may('rekognition:DeleteFaces', 'iam:PutUserPolicy'))],
  ])('what grows later is found again: %s', async (whose, grown) => {
    const ids = before.filter((one) => told(one).startsWith(whose)).map(({ id }) => id);
    expect(ids).not.toEqual([]);
    const written = await accept(checkOf(account), ids, {
      file,
      text,
      expectations: read(text),
      suppression,
    });
    const later = accountOf(...everybody.map((one) => (one.arn === grown.arn ? grown : one)));
    const found = (await openIn(written.text, later)).filter(({ subject }) => whose.endsWith(subject));
    const [, subject] = whose.split(' ');
    expect(found.map(({ subject }) => subject)).toContain(subject);
    expect(found.flatMap(({ actions }) => actions).map(({ action }) => action)).toContain(
      whose.startsWith('excess') ? 'rekognition:ListFaces' : 'rekognition:DeleteFaces',
    );
  });

  test('all of it at once', async () => {
    const expectations = read(text);
    const ids = before.map(({ id }) => id);
    const written = await accept(checkOf(account), ids, { file, text, expectations, suppression });
    expect(await openIn(written.text)).toEqual([]);
    expect(written.open).toBe(0);
  });

  test.each(table.filter(([, { acceptance }]) => acceptance !== undefined))(
    'as a rule: %s',
    async (_, finding) => {
      const expectations = read(text);
      const written = await accept(checkOf(account), [finding.id], { file, text, expectations });
      const after = await openIn(written.text);
      expect(after.map(told)).toEqual(before.filter((one) => one !== finding).map(told));
    },
  );

  test.each(table.filter(([, { acceptance }]) => acceptance === undefined))(
    'what no rule can say is refused with what can be done: %s',
    async (_, finding) => {
      const accepting = accept(checkOf(account), [finding.id], { file, text, expectations: read(text) });
      await expect(accepting).rejects.toThrow(/cannot be accepted as a rule.*--reason, --owner, --until/);
    },
  );
});
