import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { PlanDoubt } from '#lib/plan/types.ts';
import type { Indirect } from '#lib/reach/indirect.ts';
import type { Step } from '#lib/reach/steps.ts';
import { actionsInShort, counted, subjectName } from '#lib/words/labels.ts';
import { findingId } from './finding-id.ts';
import { byAction } from './severity.ts';
import { causeOf, stepWords, versionName } from './step-words.ts';
import type { Finding } from './types.ts';

const entries = byAction(catalog);

/** What a principal can come to, and the actions of which nobody can tell whether that can do more of them. */
export interface Unsettled {
  readonly indirect: Indirect;
  readonly doubts: readonly PlanDoubt[];
}

/** Where it comes to nothing that is known to be too much, what nobody can tell is told. */
export function unknownFindings(
  principal: Principal,
  expectation: Expectation,
  accountId: string,
  steps: readonly Step[],
): Finding[] {
  return steps.flatMap((step): Finding[] => {
    const { version } = step;
    if (version === undefined) return [];
    return [
      notKnown(principal, expectation, accountId, {
        steps: [step],
        // It may say anything.
        severity: 'critical',
        causes: [],
        why: 'and what that version says cannot be read',
        remedy: `Read ${versionName(version)}, or delete it.`,
      }),
    ];
  });
}

/** One finding for all that a principal can come to of which nobody can tell what that can do: the worst of it. */
export function unsettledFindings(
  principal: Principal,
  expectation: Expectation,
  accountId: string,
  all: readonly Unsettled[],
): Finding[] {
  const severityOf = ({ doubts }: Unsettled) =>
    worst(doubts.map(({ action }) => entries.get(action.toLowerCase())?.severity ?? 'critical'));
  const [first, ...others] = all.toSorted((a, b) => compareSeverity(severityOf(a), severityOf(b)));
  const [doubt] = first?.doubts ?? [];
  if (first === undefined || doubt === undefined) return [];
  const { steps, as } = first.indirect;
  const open = new Set(first.doubts.map(({ action }) => action));
  const more = others.length > 0 ? `(or in ${counted(others.length, 'other way')}) ` : '';
  return [
    notKnown(principal, expectation, accountId, {
      steps,
      severity: severityOf(first),
      // What else those policies say is another matter.
      causes: [...as.policies, ...(as.boundary ? [as.boundary] : [])].map(({ text }) => text),
      why: `${more}and of ${actionsInShort([...open])} nobody can tell: ${doubt.reason}`,
      remedy: 'Make these policies simpler, or take one of these steps away.',
    }),
  ];
}

/** What leads to something, and why nobody knows what that opens. */
interface NotKnown {
  readonly steps: readonly Step[];
  readonly severity: Severity;
  /** What beside the steps tells it from others. */
  readonly causes: readonly string[];
  readonly why: string;
  readonly remedy: string;
}

function notKnown(
  principal: Principal,
  { label, rule }: Expectation,
  accountId: string,
  { steps, severity, causes, why, remedy }: NotKnown,
): Finding {
  const name = subjectName(principal);
  const words = steps.map((step) => stepWords(step, [])).join(', then ');
  return {
    id: findingId(accountId, principal.arn, 'inconclusive', [...steps.map(causeOf), ...causes]),
    kind: 'inconclusive',
    severity,
    subject: name,
    principalArn: principal.arn,
    actions: [],
    expected: label,
    ...(rule && { expectedBy: rule }),
    by: steps.flatMap(({ by }) => by),
    summary: `What ${name} can come to is not known: ${words}, ${why}.`,
    remedies: [remedy],
  };
}
