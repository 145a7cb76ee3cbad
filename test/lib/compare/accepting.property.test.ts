import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import { createChecker } from '#lib/check/principal.ts';
import type { Finding } from '#lib/compare/types.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accountId, allow, full, managed, policy, readOnly, role, user } from './fixtures.ts';

const labels = managed('AmazonRekognitionCustomLabelsFullAccess');
const deny = (action: string | string[], resource: string | string[] = '*', condition?: object) => ({
  ...allow(action, resource, condition),
  Effect: 'Deny',
});
const payroll = 'arn:aws:rekognition:*:*:collection/payroll-*';
const shop = 'arn:aws:rekognition:*:*:collection/shop-*';
const held: readonly PolicySource[] = [
  readOnly,
  full,
  labels,
  managed('AmazonRekognitionServiceRole'),
  policy('faces', [allow(['rekognition:DeleteFaces', 'rekognition:SearchFaces'])]),
  policy('mixed', [allow(['s3:GetObject', 'rekognition:DeleteFaces', 'rekognition:ListFaces'])]),
  policy('shop', [allow(['rekognition:IndexFaces', 'rekognition:SearchFaces'], shop)]),
  policy('office', [
    allow('rekognition:DetectText', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
  ]),
  policy('with-mfa', [
    allow('rekognition:DeleteCollection', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
  ]),
  policy('not-payroll', [deny(['rekognition:*Face*'], payroll)]),
  policy('no-deletes', [deny('rekognition:Delete*')]),
  policy('all', [allow('rekognition:*')]),
  policy('own', [allow('rekognition:ListFaces', 'arn:aws:rekognition:*:*:collection/${aws:username}')]),
];
const boundaries: readonly PolicySource[] = [
  policy('limit', [allow(['rekognition:Detect*', 'rekognition:List*', 's3:*'])], {
    type: 'customer-managed',
  }),
  policy('everything', [allow('*')], { type: 'customer-managed' }),
  policy('eu', [allow('*', '*', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } })], {
    type: 'customer-managed',
  }),
];
const scps: readonly PolicySource[] = [
  policy('full', [allow('*')], { type: 'scp' }),
  policy('no-streams', [deny('rekognition:*StreamProcessor*')], { type: 'scp' }),
];

/** The file as a person may have written it, with comments. */
const file = (expected: readonly string[] | 'built-in', guards: string, match: string) => `# who may do what
sets:
  shop-faces: # their own
    - { Effect: Allow, Action: "rekognition:SearchFaces", Resource: "${shop}" }
  deletes-with-mfa:
    - { Effect: Allow, Action: "rekognition:Delete*", Resource: "*" }
    - { Effect: Deny, Action: "*", Resource: "*", Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }
guards:
  mfa: { mfa: true, actions: "rekognition:Delete*", applies-to: users }
  tls: { tls: true }
principals:
  # somebody else
  - { match: user/nobody, expect: any }
  - match: ${match}
    expect: ${expected === 'built-in' ? expected : `[${expected.join(', ')}]`}${guards}
  - { match: "*", expect: [] }
default: []
`;

const cases = fc.record({
  make: fc.constantFrom(user, role),
  own: fc.subarray([...held], { minLength: 1, maxLength: 3 }),
  boundary: fc.option(fc.constantFrom(...boundaries), { freq: 3, nil: undefined }),
  scp: fc.boolean(),
  expected: fc.oneof(
    fc.subarray([
      'AmazonRekognitionReadOnlyAccess',
      'AmazonRekognitionCustomLabelsFullAccess',
      'shop-faces',
      'deletes-with-mfa',
    ]),
    fc.constant('built-in' as const),
  ),
  guards: fc.constantFrom('', '\n    guards: []', '\n    guards: [mfa]', '\n    guards: [mfa, tls]'),
  match: fc.constantFrom('["role/*", "user/*"]', '{ path: / }', 'user/p', 'role/p'),
});

const told = (findings: readonly Finding[]) =>
  findings.flatMap(({ kind, actions }) => actions.map(({ action }) => `${kind} ${action}`)).sort();

async function findingsOf(principal: Principal, text: string, guardrails: Guardrails) {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const check = createChecker({ accountId, partition: 'aws', expectations, guardrails, today: '2026-11-24' });
  return (await check(principal)).findings;
}

/** One guard stands in the way of all that lacks it. */
const isSettledWith = (one: Finding, accepted: Finding): boolean =>
  one === accepted ||
  (accepted.kind === 'unguarded' && one.kind === 'unguarded' && one.when === accepted.when);

/** What has been seen of acceptances, by the kind of their findings. */
const seen = { applied: new Map<string, number>(), inWords: 0 };
function count({ acceptance, kind }: Finding): void {
  if (acceptance !== undefined) seen.applied.set(kind, (seen.applied.get(kind) ?? 0) + 1);
  else if (kind !== 'inconclusive') seen.inWords++;
}

test('what is accepted is no finding any more, and nothing else becomes one or ceases to be one', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ make, own, boundary, scp, expected, guards, match }) => {
      const principal = make('p', own, boundary && { boundary });
      const guardrails: Guardrails = scp ? { scps: [scps] } : {};
      const text = file(expected, guards, match);
      const before = await findingsOf(principal, text, guardrails);
      for (const finding of before) {
        const { acceptance, kind } = finding;
        count(finding);
        if (acceptance === undefined) continue;
        const after = await findingsOf(principal, acceptIn(text, [acceptance]), guardrails);
        const kept = told(before.filter((one) => !isSettledWith(one, finding)));
        expect(after.map(({ id }) => id)).not.toContain(finding.id);
        // What two layers stop is two findings: to expect less than one of them allows may settle both.
        const own = new Set(kind === 'missing' ? told([finding]) : []);
        const others = (all: readonly string[]) => all.filter((one) => !own.has(one));
        expect(others(told(after))).toEqual(others(kept));
      }
      const every = before.flatMap(({ acceptance }) => acceptance ?? []);
      if (every.length === before.length) {
        expect(told(await findingsOf(principal, acceptIn(text, every), guardrails))).toEqual([]);
      }
    }),
    { numRuns: Number(process.env.FUZZ_CASES ?? 150), seed: 20_261_128 },
  );
  expect(seen.applied.get('excess')).toBeGreaterThan(50);
  expect(seen.applied.get('missing')).toBeGreaterThan(20);
  expect(seen.applied.get('unguarded')).toBeGreaterThan(20);
  if (process.env.SHOW_FIGURES) console.log(seen);
});
