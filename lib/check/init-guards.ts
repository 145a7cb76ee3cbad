import { PolicyCompiler } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import type { ActionAccess } from '#lib/report/access.ts';
import { gainedOver } from './difference.ts';
import { observedPolicies } from './policy-sets.ts';
import type { Survey } from './survey.ts';

interface Candidate {
  readonly name: string;
  readonly appliesTo?: 'users';
  readonly guard: object;
  readonly condition: object;
}

const candidates: readonly Candidate[] = [
  {
    name: 'mfa-for-users',
    appliesTo: 'users',
    guard: { mfa: true },
    condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  },
  { name: 'tls', guard: { tls: true }, condition: { Bool: { 'aws:SecureTransport': 'true' } } },
];

/**
 * Guards that all access meets already: for each condition that people demand, the actions that nobody can do without
 * it, where somebody can do them at all. Proved, principal by principal.
 */
export function guardsThatHold(
  principals: readonly Principal[],
  survey: Survey,
): Readonly<Record<string, object>> {
  const guards: Record<string, object> = {};
  for (const { name, appliesTo, guard, condition } of candidates) {
    const about = principals.filter(({ kind }) => appliesTo === undefined || kind === 'user');
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }],
    });
    const compiler = new PolicyCompiler(actionTable);
    const only = compiler.compileSet({ identity: [{ name, type: 'set', text }] });
    const had = new Set<string>();
    const without = new Set<string>();
    for (const principal of about) {
      const own = survey.accessOf(principal, actions).filter(({ access }: ActionAccess) => access !== 'none');
      for (const { action } of own) had.add(action);
      if (!observedPolicies(principal).identity.some((policy) => /aws:/i.test(policy.text))) {
        for (const { action } of own) without.add(action);
        continue;
      }
      const observed = survey.setOf(principal);
      if (observed instanceof Error) continue;
      for (const action of gainedOver(survey.inputFor(principal, observed, only))) without.add(action);
    }
    const covered = [...had].filter((action) => !without.has(action)).sort();
    if (covered.length === 0) continue;
    guards[name] = {
      ...(covered.length < actions.length && { actions: covered }),
      ...(appliesTo && { 'applies-to': appliesTo }),
      ...guard,
    };
  }
  return guards;
}
