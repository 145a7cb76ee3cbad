import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Account, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { exitCode } from '#lib/report/exit.ts';
import { principal } from '../expectation/fixtures.ts';

const policy = (name: string, text: string | readonly unknown[], more: Partial<PolicySource> = {}) => ({
  name,
  type: 'inline' as const,
  text: typeof text === 'string' ? text : JSON.stringify({ Version: '2012-10-17', Statement: text }),
  ...more,
});
const allow = (Action: unknown, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const deny = (Action: unknown, more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' });

interface Case {
  readonly expected?: readonly object[];
  readonly boundary?: PolicySource;
  readonly simulate?: Simulate;
}

async function check(policies: readonly PolicySource[], { expected, boundary, simulate }: Case = {}) {
  const rule = { sets: { s: expected }, principals: [{ match: '*', expect: ['s'] }] };
  const file = JSON.stringify(expected === undefined ? { default: [] } : rule);
  const { expectations, diagnostics } = parseExpectations(file, 'e.yaml');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const one: Principal = principal({
    name: 'a',
    policies,
    tags: { team: 'red' },
    ...(boundary && { boundary }),
  });
  const account: Account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield one;
    },
  };
  const report = await checkAccount(account, { expectations, simulate });
  return {
    exit: exitCode(report),
    warnings: report.warnings,
    findings: report.findings,
    told: report.findings.map(
      ({ kind, severity, actions }) =>
        `${severity} ${kind} ${actions.length > 3 ? actions.length : actions.map(({ action }) => action.split(':')[1]).join(' ')}`,
    ),
  };
}

describe('a statement that cannot be read', () => {
  it.each([
    ['a comma', [allow('rekognition:DeleteFaces,IndexFaces')]],
    ['a service with a wildcard', [allow('rek?gnition:Delete*')]],
    ['a variable for a service', [allow('${aws:PrincipalTag/team}:DeleteFaces')]],
    [
      'an unknown operator',
      [allow('rekognition:*', { Condition: { StringLooksLike: { 'aws:username': 'x' } } })],
    ],
    ['an unknown element', [{ ...allow('rekognition:*'), Conditions: {} }]],
    ['Effect in other letters', [{ ...allow('rekognition:*'), Effect: 'allow' }]],
    ['an action that is no text', [allow([{ a: 1 }])]],
    [
      'two Actions',
      '{"Statement":{"Effect":"Allow","Action":"s3:*","Action":"rekognition:*","Resource":"*"}}',
    ],
    [
      'Action in other letters beside it',
      '{"Statement":{"Effect":"Allow","Action":"s3:*","action":"rekognition:*","Resource":"*"}}',
    ],
    [
      'Action and NotAction',
      '{"Statement":{"Effect":"Allow","Action":"s3:*","NotAction":"iam:*","Resource":"*"}}',
    ],
    [
      'two Effects',
      '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"rekognition:*","Resource":"*"}}',
    ],
    ['no action', [{ Effect: 'Allow', Resource: '*' }]],
    ['a document that is no JSON', 'rekognition:*'],
    ['a document that is nested too deep', '['.repeat(6_000)],
    ['a document of another version', JSON.stringify({ Version: '2026-01-01', Statement: [allow('*')] })],
  ])('is inconclusive, as severe as what it might grant: %s', async (_, text) => {
    for (const more of [
      {},
      { type: 'customer-managed' as const, arn: 'arn:aws:iam::123456789012:policy/p' },
      { group: 'g' },
    ]) {
      const { told, exit } = await check([policy('p', text, more)]);
      expect(told).toEqual([expect.stringMatching(/^critical inconclusive \d+$/)]);
      expect(exit).toBe(2);
    }
  });

  it('is no more severe than the action that it names', async () => {
    const odd = policy('p', [allow('rekognition:DetectFaces', { Condition: { Odd: { 'a:b': 'c' } } })]);
    expect((await check([odd])).told).toEqual(['medium inconclusive DetectFaces']);
  });

  it.each([
    ['a comma', allow('s3:GetObject,PutObject')],
    ['a space', allow('s3: GetObject')],
    ['a wildcard', allow('s?:GetObject')],
    ['a variable', allow('s3:${aws:PrincipalTag/team}')],
    ['an unknown operator', allow('s3:*', { Condition: { StringLooksLike: { 'aws:username': 'x' } } })],
  ])('is a note where it can only be about another service: %s', async (_, statement) => {
    const { told, exit, warnings } = await check([policy('p1', [statement])]);
    expect(told).toEqual([]);
    expect(exit).toBe(0);
    expect(warnings).toEqual([
      expect.stringMatching(/^statement 1 of p1 \(line 1\) cannot be read: .*other services$/),
    ]);
  });

  it.each([
    ['a key without a prefix', allow('rekognition:*', { Condition: { StringEquals: { username: 'x' } } }), 0],
    ['null in a list', allow(['rekognition:DeleteFaces', null]), 1],
  ])('is judged where IAM stores it and it means something: %s', async (_, statement, exit) => {
    expect((await check([policy('p', [statement])])).exit).toBe(exit);
  });

  it('hides nothing of the others, in its own policy and beside it', async () => {
    const odd = { ...allow('rekognition:*'), Effect: 'allow' };
    const faces = allow('rekognition:DeleteFaces');
    for (const policies of [[policy('p', [faces, odd])], [policy('p', [odd]), policy('q', [faces])]]) {
      const { findings, exit } = await check(policies);
      expect(findings.map(({ kind }) => kind).sort()).toEqual(['excess', 'inconclusive']);
      expect(findings.find(({ kind }) => kind === 'excess')?.actions.map(({ action }) => action)).toEqual([
        'rekognition:DeleteFaces',
      ]);
      expect(
        findings.find(({ kind }) => kind === 'inconclusive')?.actions.map(({ action }) => action),
      ).not.toContain('rekognition:DeleteFaces');
      expect(exit).toBe(1);
    }
  });

  it('says nothing more where everything that it could grant is expected', async () => {
    const odd = { ...allow('rekognition:DetectFaces'), Effect: 'allow' };
    const all = allow('rekognition:*');
    expect(await check([policy('p', [odd]), policy('q', [all])], { expected: [all] })).toMatchObject({
      told: [],
      exit: 0,
    });
  });

  it('keeps what is expected from being called missing, where it may grant it', async () => {
    const odd = { ...allow('rekognition:DetectFaces'), Effect: 'allow' };
    const expected = [allow(['rekognition:DetectFaces', 'rekognition:DetectLabels'])];
    expect((await check([policy('p', [odd])], { expected })).told).toEqual([
      'medium missing DetectLabels',
      'medium inconclusive DetectFaces',
    ]);
  });

  it('that denies excuses nothing that is too much, and grants nothing', async () => {
    const odd = deny('rekognition:*', { Condition: { Odd: { 'a:b': 'c' } } });
    const faces = allow('rekognition:DeleteFaces');
    expect((await check([policy('p', [odd])])).told).toEqual([]);
    expect((await check([policy('p', [odd, faces])])).told).toEqual(['critical excess DeleteFaces']);
    expect((await check([policy('p', [odd, faces])], { expected: [faces] })).told).toEqual([
      'medium inconclusive DeleteFaces',
    ]);
  });

  it('in a boundary may let through what the policies allow', async () => {
    const boundary = policy('b', '{');
    const own = [policy('p', [allow('rekognition:DetectFaces')])];
    expect((await check(own, { boundary })).told).toEqual(['medium inconclusive DetectFaces']);
    expect((await check([], { boundary })).told).toEqual([]);
  });

  it('is another finding when the policies are others, and else the same', async () => {
    const odd = { ...allow('rekognition:*'), Effect: 'allow' };
    const id = async (...statements: object[]) => {
      const { findings } = await check([policy('p', statements)]);
      return findings.find(({ kind }) => kind === 'inconclusive')?.id;
    };
    expect(await id(odd)).toBe(await id(odd));
    expect(await id(odd)).toBe(await id(odd, allow('s3:GetObject')));
    expect(await id(odd)).not.toBe(await id(odd, deny('rekognition:DeleteFaces')));
  });

  it('does not keep IAM from being asked, whose answer is no contradiction', async () => {
    const simulate: Simulate = async (_, requests) =>
      requests.map(() => ({ kind: 'simulated', decision: 'allowed' }));
    const { told } = await check([policy('p', '{')], { simulate });
    expect(told.map((one) => one.replace(/ [^ ]*$/, ''))).toEqual([
      'critical excess',
      'critical inconclusive',
    ]);
  });
});

describe('access that nothing but the documentation denies', () => {
  it('is inconclusive, and not none', async () => {
    const odd = allow('rekognition:DeleteFaces', { Resource: 'arn:aws:rekog*9012:collection/*' });
    const { told } = await check([policy('p', [odd])]);
    expect(told).toEqual(['critical inconclusive DeleteFaces']);
    expect((await check([policy('p', [odd])], { expected: [odd] })).exit).toBe(0);
  });
});

describe('a simulation that is known to answer otherwise than the services', () => {
  const statement = allow('rekognition:DeleteFaces', {
    Condition: { NumericNotEquals: { 'aws:PrincipalTag/team': '5' } },
  });
  const simulated =
    (decision: 'allowed' | 'implicitDeny'): Simulate =>
    async (_, requests) =>
      requests.map(() => ({ kind: 'simulated', decision }));

  it('is not believed, and no contradiction', async () => {
    const { told } = await check([policy('p', [statement])], { simulate: simulated('implicitDeny') });
    expect(told).toEqual(['critical excess DeleteFaces']);
  });
});

it('a condition key that is named like a member of every object is told like any other', async () => {
  for (const key of ['__proto__', 'constructor']) {
    const odd = `{"Statement":{"Effect":"Allow","Action":"rekognition:*","Resource":"*","Condition":{"StringNotEquals":{"${key}":"x"}}}}`;
    const { findings, exit } = await check([policy('p', odd)]);
    expect(exit).toBe(1);
    expect(findings[0]).toMatchObject({ kind: 'excess', when: `when ${key} is not x` });
  }
});
