import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
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
  { label, rule }: Expectation,
  accountId: string,
  steps: readonly Step[],
): Finding[] {
  const name = subjectName(principal);
  return steps.flatMap((step): Finding[] => {
    const { version } = step;
    if (version === undefined) return [];
    return [
      {
        id: findingId(accountId, principal.arn, 'inconclusive', [causeOf(step)]),
        kind: 'inconclusive',
        // It may say anything.
        severity: 'critical',
        subject: name,
        principalArn: principal.arn,
        actions: [],
        expected: label,
        ...(rule && { expectedBy: rule }),
        by: step.by,
        summary: `What ${name} can come to is not known: ${stepWords(step, [])}, and what that version says cannot be read.`,
        remedies: [`Read ${versionName(version)}, or delete it.`],
      },
    ];
  });
}

/** One finding for all that a principal can come to of which nobody can tell what that can do: the worst of it. */
export function unsettledFindings(
  principal: Principal,
  { label, rule }: Expectation,
  accountId: string,
  all: readonly Unsettled[],
): Finding[] {
  const severityOf = ({ doubts }: Unsettled) =>
    worst(doubts.map(({ action }) => entries.get(action.toLowerCase())?.severity ?? 'critical'));
  const [first, ...others] = all.toSorted((a, b) => compareSeverity(severityOf(a), severityOf(b)));
  if (first === undefined) return [];
  const { steps, as } = first.indirect;
  const name = subjectName(principal);
  const [doubt] = first.doubts;
  const more = others.length > 0 ? ` (or in ${counted(others.length, 'other way')})` : '';
  const open = new Set(first.doubts.map(({ action }) => action));
  return [
    {
      id: findingId(accountId, principal.arn, 'inconclusive', [...steps.map(causeOf), ...policiesOf(as)]),
      kind: 'inconclusive',
      severity: severityOf(first),
      subject: name,
      principalArn: principal.arn,
      actions: [],
      expected: label,
      ...(rule && { expectedBy: rule }),
      by: steps.flatMap(({ by }) => by),
      summary: `What ${name} can come to is not known: ${steps.map((step) => stepWords(step, [])).join(', then ')}${more}, and of ${actionsInShort([...open])} nobody can tell: ${doubt?.reason ?? ''}.`,
      remedies: [
        'Make these policies simpler, or take one of these steps away: until then nobody can tell what this opens.',
      ],
    },
  ];
}

/** What else those policies say is another matter. */
const policiesOf = ({ policies, boundary }: Principal): readonly string[] =>
  [...policies, ...(boundary ? [boundary] : [])].map(({ text }) => text);
