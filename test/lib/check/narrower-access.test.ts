import type { PolicySource } from '@permission-check/iam-policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { NarrowerAccess } from '#lib/check/narrower-access.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const now = new Date('2026-11-24T12:00:00Z');
const policyOf = (name: string, type: PolicySource['type'], ...Statement: object[]): PolicySource => ({
  name,
  type,
  text: JSON.stringify({ Version: '2012-10-17', Statement }),
});
const inline = (name: string, ...statements: object[]) => policyOf(name, 'inline', ...statements);
const names = ['rekognition:SearchFaces', 'rekognition:DetectFaces', 'rekognition:ListCollections'];
const allow = { Effect: 'Allow', Action: names, Resource: '*' };
const grant = inline('grant', allow);
const denying = (Condition: object, more: object = { Action: '*' }) => ({
  Effect: 'Deny',
  Resource: '*',
  ...more,
  Condition,
});

/** What a guardrail makes of a principal, and of what stands above it. */
interface Guardrail {
  readonly deny?: object;
  readonly of?: Partial<Principal>;
  readonly scp?: object;
}

const none: Guardrail = {};

/** The usual guardrails, and the guards that say as much. */
const usual: Readonly<Record<string, Guardrail & { readonly guard: string | undefined }>> = {
  TLS: { deny: denying({ Bool: { 'aws:SecureTransport': 'false' } }), guard: '{ tls: true }' },
  MFA: {
    deny: denying(
      { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      { NotAction: ['iam:*', 'sts:GetSessionToken'] },
    ),
    guard: '{ mfa: true }',
  },
  Regions: {
    scp: denying(
      { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
      { NotAction: ['iam:*', 'organizations:*'] },
    ),
    guard: '{ condition: { StringEquals: { aws:RequestedRegion: [us-east-1, eu-west-1] } } }',
  },
  office: {
    deny: denying({ NotIpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.7/32'] } }),
    guard: '{ source-ip: ["198.51.100.0/24", "203.0.113.7/32"] }',
  },
  VPC: {
    deny: denying({ StringNotEquals: { 'aws:SourceVpc': 'vpc-0a' } }),
    guard: '{ condition: { StringEquals: { aws:SourceVpc: vpc-0a } } }',
  },
  organization: {
    scp: denying({ StringNotEqualsIfExists: { 'aws:ResourceOrgID': 'o-a1' } }),
    guard: '{ condition: { StringEquals: { aws:ResourceOrgID: o-a1 } } }',
  },
  boundary: {
    of: {
      boundary: policyOf('bounds', 'customer-managed', {
        Effect: 'Allow',
        Action: 'rekognition:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
      }),
    },
    guard: '{ condition: { StringEquals: { aws:RequestedRegion: us-east-1 } } }',
  },
  'revoked sessions': {
    deny: denying({ DateLessThan: { 'aws:TokenIssueTime': '2026-11-24T11:00:00Z' } }),
    guard: '{ condition: { DateGreaterThanEqualsIfExists: { aws:TokenIssueTime: "2026-11-24T11:00:00Z" } } }',
  },
  'time window': {
    deny: denying({ DateGreaterThan: { 'aws:CurrentTime': '2027-03-31T23:59:59Z' } }),
    guard: '{ condition: { DateLessThanEquals: { aws:CurrentTime: "2027-03-31T23:59:59Z" } } }',
  },
  // What somebody is tagged with is so in every request.
  'own tag': {
    deny: denying({ StringNotEquals: { 'aws:PrincipalTag/team': 'vision' } }),
    of: { tags: { team: 'vision' } },
    guard: undefined,
  },
  // A resource need not have the tag, so that a normal request is denied: that is a finding.
  'tag of the resource': {
    deny: denying({ StringNotEquals: { 'aws:ResourceTag/team': 'vision' } }),
    guard: undefined,
  },
  'secret resources': {
    deny: denying({ StringEquals: { 'aws:ResourceTag/secret': 'yes' } }),
    guard: '{ condition: { StringNotEquals: { aws:ResourceTag/secret: "yes" } } }',
  },
  'a service in between': {
    deny: denying({
      NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
      Bool: { 'aws:ViaAWSService': 'false' },
    }),
    guard: undefined,
  },
  'all but an administrator': {
    scp: denying({
      Bool: { 'aws:SecureTransport': 'false' },
      ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' },
    }),
    guard: '{ tls: true }',
  },
};

const under = (
  { deny, of = {} }: Guardrail,
  { kind = 'user' as Principal['kind'], name = 'team', policies = [grant] } = {},
): Principal =>
  principal({
    kind,
    name,
    ...of,
    policies: [...policies, ...(deny === undefined ? [] : [inline('guardrail', deny)])],
  });

const rule = (guards = '', expected = '[s]') => `
sets:
  s: [{ Effect: Allow, Action: [${names.join(', ')}], Resource: "*" }]
principals:
  - { match: "*", expect: ${expected}${guards === '' ? '' : `, ${guards}`} }
`;

async function checked(file: string, all: readonly Principal[], scps: readonly object[] = []) {
  const { expectations, diagnostics } = parseExpectations(file, 'e.yaml', { now });
  expect(diagnostics).toEqual([]);
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield* all;
    },
  };
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const guardrails: Guardrails = { scps: [[policyOf('above', 'scp', everything, ...scps)]] };
  const report = await checkAccount(account, {
    expectations,
    guardrails,
    narrower: NarrowerAccess,
    now: () => now,
  });
  return {
    notes: report.notes ?? [],
    findings: report.findings.map(({ kind, subject }) => `${kind} ${subject}`),
    statuses: report.principals.map(({ status }) => status),
  };
}

/** The text that a note says to paste. */
const guardsIn = (note = ''): string => /guards: .*$/.exec(note)?.[0] ?? '';

describe('access that is narrower than expected', () => {
  it.each(Object.entries(usual))('by %s', async (_, { guard, ...guardrail }) => {
    const { scp } = guardrail;
    const scps = scp === undefined ? [] : [scp];
    const { notes, statuses } = await checked(rule(), [under(guardrail)], scps);
    if (guard === undefined) {
      expect(notes).toEqual([]);
      return;
    }
    expect(statuses).toEqual(['as-expected']);
    expect(notes.map(guardsIn)).toEqual([`guards: [${guard}]`]);
    const after = await checked(rule(guardsIn(notes[0])), [under(guardrail)], scps);
    expect(after).toEqual({ notes: [], findings: [], statuses: ['as-expected'] });
    // The guard demands what it says: who can do without it is found.
    const without = await checked(rule(guardsIn(notes[0])), [under({})]);
    expect(without.findings.length).toBeGreaterThan(0);
    expect(without.findings.every((finding) => finding.startsWith('unguarded'))).toBe(true);
  });

  it('is one sentence for everybody under a rule, with the guards that hold already', async () => {
    const { TLS = none, MFA = none } = usual;
    const both = inline('more', TLS.deny ?? {});
    const all = ['ana', 'ben', 'eva'].map((name) => under(MFA, { name, policies: [grant, both] }));
    const file = `guards: { year: { between: [2026-01-01, 2099-12-31] } }\n${rule('guards: []')}`;
    const { notes } = await checked(file, all);
    expect(notes).toEqual([
      'user/ana and 2 more can do what is expected only over TLS (inline "more":1) and only with MFA ' +
        '(inline "guardrail":1); to expect no more, write in the rule at e.yaml:6: guards: [{ tls: true }, { mfa: true }]',
    ]);
  });

  it('is told only where a guard holds for everybody whom the rule is about', async () => {
    const { TLS = none, MFA = none } = usual;
    expect((await checked(rule(), [under(TLS), under({}, { name: 'free' })])).notes).toEqual([]);
    const role = under(TLS, { kind: 'role', name: 'job' });
    const both = await checked(rule(), [under(TLS), role]);
    expect(both.notes.map(guardsIn)).toEqual(['guards: [{ tls: true }]']);
    const users = await checked(rule(), [under(MFA), under({}, { kind: 'role', name: 'job' })]);
    expect(users.notes.map(guardsIn)).toEqual(['guards: [{ mfa: true, applies-to: users }]']);
    // What cannot be read may allow without.
    const unreadable = principal({
      kind: 'user',
      name: 'odd',
      policies: [grant],
      unreadable: ['inline "x"'],
    });
    expect((await checked(rule(), [under(TLS), unreadable])).notes).toEqual([]);
  });

  it('is of some actions where the others are not limited', async () => {
    const deny = denying({ Bool: { 'aws:SecureTransport': 'false' } }, { Action: 'rekognition:Search*' });
    const { notes } = await checked(rule(), [under({ deny })]);
    expect(notes).toEqual([
      'user/team can do what is expected only over TLS (inline "guardrail":1; SearchFaces); to expect no more, write in ' +
        'the rule at e.yaml:5: guards: [{ tls: true, actions: [rekognition:SearchFaces] }]',
    ]);
    const after = await checked(rule(guardsIn(notes[0])), [under({ deny })]);
    expect(after).toEqual({ notes: [], findings: [], statuses: ['as-expected'] });
  });

  it('is found in what Allows demand, too, each of them', async () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    const on = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*', Condition });
    const only = inline('only', ...names.map(on));
    const { notes } = await checked(rule(), [under({}, { policies: [only] })]);
    expect(notes.map(guardsIn)).toEqual(['guards: [{ tls: true }]']);
    expect((await checked(rule(), [under({}, { policies: [only, grant] })])).notes).toEqual([]);
  });

  it('is not told of what is missing, nor where nobody wrote a rule', async () => {
    const { MFA = none } = usual;
    const trust = inline('trust', {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    const job = { ...under(MFA, { kind: 'role', name: 'job' }), trust };
    const missing = await checked(rule(), [under(MFA), job]);
    expect(missing.findings).toEqual(['missing role/job']);
    // A guard for all would hide that the role never works.
    expect(missing.notes).toEqual([]);
    expect((await checked('default: built-in', [under(MFA)])).notes).toEqual([]);
    expect((await checked(rule('unguarded: [s]'), [under(MFA)])).notes).toEqual([]);
  });

  it('always names guards that lead to a clean check, whatever guardrails meet', async () => {
    const guardrail = fc.subarray(Object.keys(usual), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(guardrail, guardrail, async (ofUser, ofRole) => {
        const made = (kind: Principal['kind'], keys: readonly string[]) => {
          const all = keys.map((key) => usual[key] ?? none);
          const policies = [
            grant,
            ...all.flatMap(({ deny }, index) => (deny ? [inline(`d${index}`, deny)] : [])),
          ];
          return under(
            { of: Object.assign({}, ...all.map(({ of }) => of)) },
            { kind, name: 'team', policies },
          );
        };
        const scps = ofUser.flatMap((key) => usual[key]?.scp ?? []);
        const all = [made('user', ofUser), made('role', ofRole)];
        const before = await checked(rule(), all, scps);
        const [note] = before.notes;
        if (note === undefined) return;
        const after = await checked(rule(guardsIn(note)), all, scps);
        expect(after.notes).toEqual([]);
        expect(after.findings.filter((finding) => !before.findings.includes(finding))).toEqual([]);
        expect(after.findings).toHaveLength(before.findings.length);
      }),
      { numRuns: 30 },
    );
  });
});
