import { type CompiledSet, PolicyCompiler } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { gainedOver } from '#lib/check/difference.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
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
    const covered = coveredBy(everythingWhen(name, condition), about, survey);
    if (covered.length === 0) continue;
    guards[name] = {
      ...(covered.length < actions.length && { actions: covered }),
      ...(appliesTo && { 'applies-to': appliesTo }),
      ...guard,
    };
  }
  return guards;
}

/** A set that allows everything under a condition. */
function everythingWhen(name: string, condition: object): CompiledSet {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }],
  });
  return new PolicyCompiler(actionTable).compileSet({ identity: [{ name, type: 'set', text }] });
}

/** The actions that some of the principals can do, and none of them beyond a set. */
function coveredBy(only: CompiledSet, principals: readonly Principal[], survey: Survey): readonly string[] {
  const had = new Set<string>();
  const beyond = new Set<string>();
  for (const principal of principals) {
    const access = survey.accessOf(principal, actions).filter((one) => one.access !== 'none');
    const own = access.map(({ action }) => action);
    for (const action of own) had.add(action);
    for (const action of isUnconditional(principal) ? own : beyondOf(only, principal, survey)) {
      beyond.add(action);
    }
  }
  return [...had].filter((action) => !beyond.has(action)).sort();
}

/** Whether no policy of a principal names a condition key of AWS's own. */
function isUnconditional(principal: Principal): boolean {
  return !observedPolicies(principal).identity.some((policy) => /aws:/i.test(policy.text));
}

function beyondOf(only: CompiledSet, principal: Principal, survey: Survey): readonly string[] {
  return gainedOver(survey.inputFor(principal, survey.setOf(principal), only));
}
