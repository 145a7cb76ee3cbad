import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';

const source = (name: string, type: PolicySource['type']): PolicySource => ({ name, type, text: '{}' });
const guardrails = { scps: [[source('s', 'scp')]], rcps: [[source('r', 'rcp')]] };
const principal = (accountId: string): Principal => ({
  kind: 'role',
  arn: `arn:aws:iam::${accountId}:role/x`,
  name: 'x',
  path: '/',
  id: 'AROAX',
  tags: {},
  groups: [],
  policies: [],
  unreadable: [],
  serviceLinked: false,
});

describe('the policies that bind a principal', () => {
  it('are SCPs but never RCPs, which do not act on Rekognition', () => {
    expect(Object.keys(observedPolicies(principal('111122223333'), guardrails))).toEqual([
      'identity',
      'scps',
    ]);
  });

  it('are no SCPs in the management account, and only there', () => {
    const known = { ...guardrails, managementAccount: '111122223333' };
    expect(Object.keys(observedPolicies(principal('111122223333'), known))).toEqual(['identity']);
    expect(Object.keys(observedPolicies(principal('444455556666'), known))).toEqual(['identity', 'scps']);
  });
});
