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

/** How many of its actions, the worst first, the sentence of such a finding names. */
export const actionsInSentence = 2;

/** The way that opens the worst, and how many others there are. */
interface Opening {
  readonly first?: {
    readonly indirect: Indirect;
    readonly actions: readonly FindingAction[];
    readonly severity: Severity;
  };
  readonly others: number;
}

/** Principals alike have one list of gains. */
const opened = new WeakMap<readonly Gain[], Opening>();

function openingOf(gains: readonly Gain[]): Opening {
  const opening = gains
    .filter(({ access }) => access.length > 0)
    .map((gain) => ({ ...gain, severity: worst(gain.access.map(({ severity }) => severity)) }));
  const [first, ...others] = opening.sort(
    (a, b) => compareSeverity(a.severity, b.severity) || a.indirect.steps.length - b.indirect.steps.length,
  );
  if (first === undefined) return { others: 0 };
  const { indirect, access, severity } = first;
  return { first: { indirect, actions: worstFirst(access), severity }, others: others.length };
}

/** One finding for all ways in which a principal can give itself, or pass on, what it should not have: the worst. */
export function indirectFinding(
  principal: Principal,
  expectation: Expectation,
  accountId: string,
  gains: readonly Gain[],
): Finding[] {
  const known = opened.get(gains) ?? openingOf(gains);
  opened.set(gains, known);
  const { first, others } = known;
  if (first === undefined) return [];
  const { steps } = first.indirect;
  const { actions } = first;
  const name = subjectName(principal);
  const by = steps.flatMap((step) => step.by);
  const rest = actions.length > actionsInSentence ? ` (+${actions.length - actionsInSentence})` : '';
  const more = others > 0 ? `, and in ${counted(others, 'other way')}` : '';
  return [
    {
      id: findingId(accountId, principal.arn, 'indirect', steps.map(causeOf)),
      kind: 'indirect',
      severity: first.severity,
      subject: name,
      principalArn: principal.arn,
      actions,
      expected: expectation.label,
      ...(expectation.rule === undefined ? {} : { expectedBy: expectation.rule }),
      by,
      summary: `${name} can come to ${spokenActions(actions.slice(0, actionsInSentence).map(({ action }) => action))}${rest}: ${steps.map(stepWords).join(', then ')}${more}.`,
      remedies: [
        ...new Set(
          steps.flatMap((step) =>
            step.by.map(
              ({ policy, statement }) =>
                `Take ${listed(step.actions.map(({ action }) => action))} out of statement ${statement.index} of ${policyLabel(policy)}.`,
            ),
          ),
        ),
      ],
    },
  ];
}

function causeOf({ escalation, target }: Step): string {
  return `${escalation.id} ${target === undefined ? '' : subjectName(target)}`;
}

/** `it may iam:PutRolePolicy on itself`, `it may pass role/faces to lambda.amazonaws.com`. */
function stepWords({ escalation, actions, target }: Step): string {
  const names = listed(actions.map(({ action }) => action));
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
