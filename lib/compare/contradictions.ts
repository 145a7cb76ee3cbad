import type { Suppression } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import type { JudgedRequest } from './criteria.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { groupBy } from './group-by.ts';
import type { Disagreement } from './verdict.ts';

const sources: Readonly<Record<Evidence['kind'], string>> = {
  probed: 'a live call',
  simulated: "IAM's simulation",
  evaluated: 'the policy documents',
};

const answer = ({ decision }: Evidence): string => (decision === 'allowed' ? 'allowed' : 'denied');

/** `IAM's simulation and the policy documents say denied`. */
function says(evidence: readonly Evidence[]): string {
  const names = listed(evidence.map(({ kind }) => sources[kind]));
  const plural = evidence.length > 1 || evidence[0]?.kind === 'evaluated';
  return `${names} ${plural ? 'say' : 'says'} ${evidence[0] === undefined ? '' : answer(evidence[0])}`;
}

const keyOf = ({ stronger, weaker }: Disagreement): string =>
  [stronger, ...weaker].map((evidence) => `${evidence.kind} ${answer(evidence)}`).join(', ');

/** Requests to which two sources gave different answers without a known reason. */
export function contradictionFindings(
  all: readonly JudgedRequest[],
  suppressionOf: (action: string) => Suppression | undefined,
): FindingDraft[] {
  const found = all.flatMap((judged) => {
    const { disagreement } = judged.verdict;
    return disagreement === undefined ? [] : [{ judged, disagreement }];
  });
  const groups = groupBy(found, ({ judged, disagreement }) =>
    JSON.stringify([
      keyOf(disagreement),
      disagreement.causes,
      suppressionOf(judged.request.action)?.location.line ?? null,
    ]),
  );
  return [...groups.values()].map((group): FindingDraft => {
    const { stronger, weaker, causes } = group[0].disagreement;
    const actions = groupBy(group, ({ judged }) => judged.request.action);
    const names = [...actions.keys()].map(actionName).sort();
    const what = names.length === 1 ? names.join() : counted(names.length, 'action');
    const [first, ...rest] = says([stronger]);
    return {
      kind: 'contradiction',
      severity: 'medium',
      causes: [keyOf(group[0].disagreement), ...causes],
      judged: [...actions].map(([action, [one]]) => ({ action, judged: one.judged })),
      by: group[0].judged.allows,
      summary: `${first?.toUpperCase()}${rest.join('')}, but ${says(weaker)}: ${what}.`,
      remedies: always([
        `Likely causes: ${listed(causes)}.`,
        'Check again; if it stays, look at those causes in turn.',
      ]),
      suppressed: suppressionOf(group[0].judged.request.action),
    };
  });
}
