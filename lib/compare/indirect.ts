import type { Principal } from '#lib/account/types.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Step } from '#lib/reach/escalation-steps.ts';
import type { Indirect } from '#lib/reach/indirect.ts';
import { counted, listed, policyLabel, subjectName } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { findingId } from './finding-id.ts';
import { worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

/** Something that a principal can come to, and what that opens which is not expected of it. */
export interface Gain {
  readonly indirect: Indirect;
  readonly access: readonly FindingAction[];
}

/** All that a principal can come to: itself with more, and others, then or at once. */
export interface Gains {
  readonly grown?: Gain;
  /** One list for principals alike. */
  readonly others: readonly Gain[];
}

/** How many of its actions, the worst first, the sentence of such a finding names. */
export const actionsInSentence = 2;

/** A gain that opens something, as it is told; the same for all that have it. */
interface Opening {
  readonly severity: Severity;
  readonly actions: readonly FindingAction[];
  readonly spoken: string;
  readonly told: Told;
}

/** Some steps as they are told. */
interface Told {
  readonly by: Finding['by'];
  readonly causes: readonly string[];
  readonly words: readonly string[];
  readonly remedies: readonly string[];
}

/** The gain that opens the worst, and how many others open something. */
interface Worst {
  readonly first?: Opening;
  readonly others: number;
}

/** Principals alike have one list of gains. */
const known = new WeakMap<readonly Gain[], Worst>();

/** One finding for all ways in which a principal can give itself, or pass on, what it should not have: the worst. */
export function indirectFinding(
  principal: Principal,
  expectation: Expectation,
  accountId: string,
  { grown, others }: Gains,
): Finding[] {
  const own = grown && openingOf(grown);
  const worstOther = known.get(others) ?? worstOf(others);
  known.set(others, worstOther);
  const { first: other } = worstOther;
  // What takes fewer steps is told of two that open as bad.
  const ownFirst = own && (other === undefined || compareSeverity(own.severity, other.severity) <= 0);
  const first = ownFirst ? own : other;
  if (first === undefined) return [];
  const told = [...(grown && !ownFirst ? [toldOf(grown.indirect.steps)] : []), first.told];
  const name = subjectName(principal);
  const beside = worstOther.others + (own && !ownFirst ? 1 : 0) + (ownFirst && other ? 1 : 0);
  const more = beside > 0 ? `, and in ${counted(beside, 'other way')}` : '';
  const causes = told.flatMap((one) => one.causes);
  return [
    {
      id: findingId(accountId, principal.arn, 'indirect', causes),
      kind: 'indirect',
      severity: first.severity,
      subject: name,
      principalArn: principal.arn,
      actions: first.actions,
      expected: expectation.label,
      ...(expectation.rule === undefined ? {} : { expectedBy: expectation.rule }),
      by: told.flatMap((one) => one.by),
      summary: `${name} can come to ${first.spoken}: ${told.flatMap((one) => one.words).join(', then ')}${more}.`,
      remedies: [...new Set(told.flatMap((one) => one.remedies))],
    },
  ];
}

function worstOf(gains: readonly Gain[]): Worst {
  const opening = gains
    .filter(({ access }) => access.length > 0)
    .map((gain) => ({ gain, severity: worst(gain.access.map(({ severity }) => severity)) }));
  const [first, ...others] = opening.sort(
    (a, b) =>
      compareSeverity(a.severity, b.severity) || a.gain.indirect.steps.length - b.gain.indirect.steps.length,
  );
  const told = first && openingOf(first.gain);
  return { ...(told && { first: told }), others: others.length };
}

/** Undefined where it opens nothing. */
function openingOf({ indirect: { steps }, access }: Gain): Opening | undefined {
  if (access.length === 0) return undefined;
  const actions = worstFirst(access);
  const rest = actions.length > actionsInSentence ? ` (+${actions.length - actionsInSentence})` : '';
  return {
    severity: worst(actions.map(({ severity }) => severity)),
    actions,
    spoken: `${spokenActions(actions.slice(0, actionsInSentence).map(({ action }) => action))}${rest}`,
    told: toldOf(steps),
  };
}

function toldOf(steps: readonly Step[]): Told {
  return {
    by: steps.flatMap((step) => step.by),
    causes: steps.map(causeOf),
    words: steps.map(stepWords),
    remedies: steps.flatMap((step) =>
      step.by.map(
        ({ policy, statement }) =>
          `Take ${listed(step.actions)} out of statement ${statement.index} of ${policyLabel(policy)}.`,
      ),
    ),
  };
}

function causeOf({ escalation, target }: Step): string {
  return `${escalation.id} ${target === undefined ? '' : subjectName(target)}`;
}

/** `it may iam:PutRolePolicy on itself`, `it may pass role/faces to lambda.amazonaws.com`. */
function stepWords({ escalation, actions, target }: Step): string {
  const names = listed(actions);
  const whom = target === undefined ? '' : subjectName(target);
  switch (escalation.leads) {
    case 'self':
      return `it may ${names} for itself`;
    case 'unbounded':
      return `it may lift its own boundary (${names})`;
    case 'user':
      return `it may sign in as ${whom} (${names})`;
    case 'role':
      return `it may let itself assume ${whom} (${names})`;
    case 'role-with-anything':
      return `it may write the policies of ${whom} and assume it (${names})`;
    case 'new-principal':
      return `it may make a principal with any policy (${names})`;
    case 'service':
      return `it may hand ${whom} to ${escalation.service} (${names})`;
  }
}
