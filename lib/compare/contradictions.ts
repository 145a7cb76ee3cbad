import type { Suppression } from '#lib/expectation/types.ts';
import type { Evidence } from '#lib/observe/types.ts';
import type { Draft } from './draft.ts';
import { groupBy } from './group-by.ts';
import type { Judged } from './judge.ts';
import { actionName, counted, listed } from './labels.ts';
import type { Disagreement } from './verdict.ts';

const sources: Readonly<Record<Evidence['kind'], string>> = {
  probed: 'a live call',
  simulated: "IAM's simulation",
  evaluated: 'the policy documents',
};

const answer = ({ decision }: Evidence): string => (decision === 'allowed' ? 'allowed' : 'denied');

/** Requests to which two sources gave different answers without a known reason. */
export function contradictions(
  all: readonly Judged[],
  suppressionOf: (action: string) => Suppression | undefined,
): Draft[] {
  const found = all.flatMap((judged) =>
    judged.verdict.disagreements.map((disagreement) => ({ judged, disagreement })),
  );
  const keyOf = ({ stronger, weaker }: Disagreement): string =>
    `${stronger.kind} ${answer(stronger)}, ${weaker.kind} ${answer(weaker)}`;
  const groups = groupBy(found, ({ judged, disagreement }) =>
    JSON.stringify([keyOf(disagreement), suppressionOf(judged.request.action)?.location.line ?? null]),
  );
  return [...groups.values()].map((group): Draft => {
    const { stronger, weaker, causes } = group[0].disagreement;
    const actions = groupBy(group, ({ judged }) => judged.request.action);
    const names = [...actions.keys()].map(actionName).sort();
    const what = names.length === 1 ? names.join() : counted(names.length, 'action');
    const says = sources[stronger.kind];
    return {
      kind: 'contradiction',
      severity: 'medium',
      causes: [keyOf(group[0].disagreement)],
      judged: [...actions].map(([action, [first]]) => ({ action, judged: first.judged })),
      by: group[0].judged.allows,
      summary: `${says.charAt(0).toUpperCase()}${says.slice(1)} says ${answer(stronger)} and ${sources[weaker.kind]} ${
        weaker.kind === 'evaluated' ? 'say' : 'says'
      } ${answer(weaker)} for ${what}.`,
      remedies: [
        `Likely causes: ${listed(causes)}.`,
        'Check again; if it stays, look at those causes in turn.',
      ],
      suppressed: suppressionOf(group[0].judged.request.action),
    };
  });
}
