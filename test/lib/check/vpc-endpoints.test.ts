import { contextValue } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Simulate } from '#lib/check/check-options.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { accountId, allow, policy, role } from '../compare/fixtures.ts';

const now = () => new Date('2026-11-24T12:00:00Z');
const through = (...ids: string[]) => ({ StringEquals: { 'aws:SourceVpce': ids } });
const forced = role('forced', [policy('own', [allow('rekognition:*', '*', through('vpce-1'))])]);
const free = role('free', [policy('own', [allow('rekognition:*')])]);
const either = role('either', [policy('own', [allow('rekognition:*', '*', through('vpce-1', 'vpce-2'))])]);

const endpoint = (id: string, ...statements: object[]) => policy(id, statements, { type: 'endpoint' });
const labels = endpoint('vpce-1', { ...allow('rekognition:DetectLabels'), Principal: '*' });

async function found(
  all: readonly Principal[],
  guardrails: Guardrails,
  { rule = 'expect: []', context = '', simulate = undefined as Simulate | undefined } = {},
) {
  const account: Account = {
    accountId,
    partition: 'aws',
    async *principals() {
      yield* all;
    },
  };
  const text = `${context}\nprincipals:\n  - { match: "*", ${rule} }\n`;
  const { expectations, diagnostics } = parseExpectations(text, 'e.yaml', { now: now() });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { findings } = await checkAccount(account, { expectations, guardrails, now, simulate });
  return findings.map(({ kind, subject, actions, summary, remedies }) => ({
    kind,
    subject,
    actions: actions.map(({ action }) => action.replace('rekognition:', '')),
    summary,
    remedies,
  }));
}

describe('the policy of a VPC endpoint', () => {
  it('narrows who can come through that endpoint only, and nobody else', async () => {
    const findings = await found([forced, free, either], { vpcEndpoints: [labels] });
    const count = Object.fromEntries(findings.map(({ subject, actions }) => [subject, actions.length]));
    expect(findings.find(({ subject }) => subject === 'role/forced')?.actions).toEqual(['DetectLabels']);
    expect(count).toEqual({ 'role/forced': 1, 'role/free': 76, 'role/either': 76 });
  });

  it('narrows by every endpoint that there is', async () => {
    const other = endpoint('vpce-2', { ...allow('rekognition:ListFaces'), Principal: '*' });
    const findings = await found([either], { vpcEndpoints: [labels, other] });
    expect(findings.flatMap(({ actions }) => actions)).toEqual(['DetectLabels', 'ListFaces']);
  });

  it.each([
    ['in the management account', forced, { managementAccount: accountId }],
    ['for a service-linked role', { ...forced, serviceLinked: true }, {}],
  ])('binds %s, where an SCP does not', (_, principal, more) => {
    const scps = [[policy('none', [], { type: 'scp' })]];
    const set = observedPolicies(principal, { scps, vpcEndpoints: [labels], ...more });
    expect(set).toMatchObject({ endpoints: [labels] });
    expect(set).not.toHaveProperty('scps');
  });

  it('is about calls of Rekognition only', () => {
    const guardrails = { vpcEndpoints: [labels] };
    expect(observedPolicies(forced, guardrails, 's3')).not.toHaveProperty('endpoints');
    const admissions = new Admissions(guardrails);
    expect(admissions.policiesOf(forced)).not.toHaveProperty('endpoints');
    expect(admissions.policiesOf(forced, 'rekognition')).toHaveProperty('endpoints');
  });

  it('tells roles of the same policies apart where it names one', async () => {
    const named = {
      ...allow('rekognition:DeleteFaces'),
      Principal: { AWS: forced.arn },
    };
    const twin = { ...forced, name: 'twin', arn: forced.arn.replace('forced', 'twin') };
    const findings = await found([forced, twin], { vpcEndpoints: [endpoint('vpce-1', named)] });
    expect(findings.map(({ subject, actions }) => [subject, actions])).toEqual([
      ['role/forced', ['DeleteFaces']],
    ]);
  });

  it('makes missing what a normal request is through the endpoint, and says by what', async () => {
    const context = 'context: { aws:SourceVpce: vpce-1 }';
    const rule = 'expect: [AmazonRekognitionReadOnlyAccess]';
    const findings = await found([forced], { vpcEndpoints: [labels] }, { rule, context });
    const missing = findings.filter(({ kind }) => kind === 'missing');
    expect(missing.flatMap(({ actions }) => actions)).toContain('ListFaces');
    expect(missing.flatMap(({ actions }) => actions)).not.toContain('DetectLabels');
    expect(missing[0]?.summary).toContain('a VPC endpoint policy does not allow');
    expect(missing[0]?.remedies.join(' ')).toContain('in the policy of the VPC endpoint');
    expect(await found([forced], {}, { rule, context })).not.toContainEqual(
      expect.objectContaining({ kind: 'missing' }),
    );
  });

  it("does not contradict IAM's simulation, which does not see it", async () => {
    const simulate: Simulate = async (_, requests) =>
      requests.map(({ context }) => ({
        kind: 'simulated',
        decision: contextValue(context, 'aws:SourceVpce') === 'vpce-1' ? 'allowed' : 'implicitDeny',
      }));
    const findings = await found([forced], { vpcEndpoints: [labels] }, { simulate });
    expect(findings.map(({ kind, actions }) => [kind, actions])).toEqual([['excess', ['DetectLabels']]]);
  });
});
