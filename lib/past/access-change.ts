import { PolicyCompiler } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { PrincipalSessions } from '#lib/check/principal-sessions.ts';
import { comparePrincipal } from '#lib/compare/compare.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Baseline, Expectation } from '#lib/expectation/types.ts';
import { evaluateRequests } from '#lib/observe/evaluate.ts';
import { planRequests } from '#lib/plan/plan.ts';
import type { PlanGap, PlannedRequest } from '#lib/plan/types.ts';
import type { Callers } from '#lib/reach/callers.ts';
import { actionName, listed, subjectName } from '#lib/words/labels.ts';
import { type Access, policySetOf } from './access.ts';
import { settlePastFacts } from './past-facts.ts';

/** What the present allows and the past did not, and the reverse; what could not be settled is among them, as inconclusive. */
export interface AccessChange {
  readonly gained: readonly Finding[];
  readonly lost: readonly Finding[];
}

/** Whose access it is, and what a normal request is. */
export interface AccessOwner {
  readonly principal: Principal;
  readonly baseline: Baseline;
  readonly callers?: Callers | undefined;
}

/**
 * Holds the access of a principal against what it was: **the past is the expectation**, so that the same search finds
 * what was gained (allowed, and not expected) and what was lost (expected, and not allowed). The policy documents decide
 * on both sides, with what the organization is known to deny.
 */
export function compareAccess(past: Access, present: Access, owner: AccessOwner): AccessChange {
  const { principal, baseline, callers } = owner;
  const { policies, boundary } = principal;
  const compiler = new PolicyCompiler(actionTable, { unreadable: 'keep' });
  const before = compiler.compileSet(policySetOf(settlePastFacts(past, principalContext(principal))));
  // The documents as they are, with the lines that a reader will look for.
  const after = compiler.compileSet(policySetOf({ ...present, policies, boundary }));
  const { accountId, partition } = arnParts(principal.arn);
  const sessions = new PrincipalSessions(baseline.context, actions);
  const owned = {
    ...sessions.of(principal, [before, after], callers),
    baseline,
    actions,
    accountId,
    partition,
  };
  const gains = planRequests({ ...owned, observed: after, expected: before });
  // A loss is what the past has beyond the present: the same search the other way round, not among normal requests alone.
  const losses = planRequests({ ...owned, observed: before, expected: after });
  const requests = onceEach([...gains.requests, ...losses.requests]);
  const evaluated = evaluateRequests(after, requests);
  const found = comparePrincipal({
    accountId,
    principal,
    expectation: theAccessBefore,
    expectedSet: before,
    observedSet: after,
    observations: requests.map((request, index) => ({
      // Whoever lost something may have used it, whatever the team's normal request is.
      request: { ...request, normal: true },
      evidence: [evaluated[index]].filter((one) => one !== undefined),
    })),
    // Where each policy ends is no matter here.
    gaps: gains.gaps.filter(({ excess }) => excess),
    doubts: gains.doubts,
    actions,
    against: 'past',
  });
  const lost = found.filter(({ kind }) => kind === 'access-lost');
  const gained = found.filter(({ kind }) => kind !== 'access-lost');
  const unsettled = gained.filter(({ kind }) => kind === 'inconclusive');
  return { gained, lost: [...lost, ...perhapsLost(losses.gaps, [...lost, ...unsettled], principal)] };
}

/** Where the search for a loss was cut off: that this is not known, unless it is told of the action already, or a loss. */
function perhapsLost(gaps: readonly PlanGap[], told: readonly Finding[], principal: Principal): Finding[] {
  const known = new Set(told.flatMap((finding) => finding.actions.map(({ action }) => action)));
  const open = gaps.filter(({ action, excess }) => excess === true && !known.has(action));
  const names = [...new Set(open.map(({ action }) => action))].sort();
  if (names.length === 0) return [];
  const { arn } = principal;
  const subject = subjectName(principal);
  const more = names.length > 3 ? ` (+${names.length - 3})` : '';
  const finding: Finding = {
    id: findingId(arnParts(arn).accountId, arn, 'inconclusive', ['loss', ...names]),
    kind: 'inconclusive',
    severity: 'low',
    subject,
    principalArn: arn,
    actions: names.map((action) => ({ action, severity: 'low', evidence: [] })),
    by: [],
    summary: `${subject} may have lost ${names.slice(0, 3).map(actionName).join(', ')}${more} in some case: the search for it was cut off.`,
    remedies: ['Simplify the conditions of its policies, or hold them against those of before by hand.'],
  };
  return [finding];
}

/** Both searches ask some of the same. */
const onceEach = (requests: readonly PlannedRequest[]): PlannedRequest[] => [
  ...new Map(requests.map((one) => [JSON.stringify([one.action, one.resource, one.context]), one])).values(),
];

const theAccessBefore: Expectation = { kind: 'sets', label: 'the access before', policies: [], guards: [] };

/** What was lost with somebody who does not exist any more. */
export function endOfAccess(subject: string, arn: string, past: Access): AccessChange {
  if (past.policies.length === 0) return { gained: [], lost: [] };
  const { accountId } = arnParts(arn);
  const finding: Finding = {
    id: findingId(accountId, arn, 'access-lost', ['deleted']),
    kind: 'access-lost',
    severity: 'low',
    subject,
    principalArn: arn,
    actions: [],
    by: [],
    summary: `${subject} was deleted, and with it the access to Rekognition that it had by ${listed(past.policies.map(({ name }) => name))}.`,
    remedies: [],
  };
  return { gained: [], lost: [finding] };
}
