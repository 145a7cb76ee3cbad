import { wildcardTest } from '@permission-check/iam-policy';
import { worst } from '#lib/catalog/severity.ts';
import type { AssumedBy } from '#lib/expectation/types.ts';
import type { WayIn } from '#lib/reach/way-in.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { entryFor, meets } from './assumed-by.ts';
import { statementKey } from './finding-id.ts';
import { narrowing, openedWords } from './narrowing.ts';
import { isWideOpen, type Reached, reachFindingOf, steppedUp } from './reached-principal.ts';
import { worstFirst } from './severity.ts';
import type { Finding } from './types.ts';
import { unreachable } from './unreachable.ts';

/** Findings about who can act as a principal: by whom nobody expected, and who is expected and cannot. */
export function reachFindings(reached: Reached): Finding[] {
  const { principal, expectation, ways } = reached;
  if (principal.kind === 'user' || principal.serviceLinked) return [];
  const expected = expectation.assumedBy;
  // What Rekognition itself does as a role it does in other services.
  if (reached.access.length === 0) return unreachable((expected ?? []).filter(isRekognition), reached);
  const unexpected =
    expected === undefined
      ? ways.filter(isWideOpen)
      : ways.filter((way) => way.kind !== 'unknown' && !expected.some((one) => meets(one, way, principal)));
  const exposed = unexpected.map((way) => exposedBy(way, reached));
  const chained = chainedExposure(reached);
  const deputies = ways
    .filter((way) => way.kind === 'service' && way.who === 'rekognition.amazonaws.com' && way.deputy === true)
    .filter((way) => !unexpected.includes(way) && !expected?.some(({ kind }) => kind === 'any'))
    .map((way) => deputy(way, reached));
  return [
    ...exposed,
    ...unreadable(reached),
    ...chained,
    ...deputies,
    ...(expected === undefined
      ? []
      : [...ownExposures(expected, reached), ...unreachable(expected, reached)]),
  ];
}

const isRekognition = (one: AssumedBy): boolean =>
  one.kind === 'service' && one.name === 'rekognition.amazonaws.com';

/** A finding with the severity that it has where nobody in particular can act as its principal. */
export function forWideOpen(finding: Finding): Finding {
  if (finding.kind !== 'excess' && finding.kind !== 'unguarded') return finding;
  const actions = worstFirst(
    finding.actions.map((one) => ({ ...one, severity: steppedUp(one.severity, one.action) })),
  );
  return { ...finding, actions, severity: worst(actions.map(({ severity }) => severity)) };
}

function exposedBy(way: WayIn, reached: Reached): Finding {
  const { principal, access } = reached;
  const name = subjectName(principal);
  const what = `${name} can be assumed by ${wayWords(way)}: ${openedWords(access, reached.by)}`;
  return reachFindingOf(reached, {
    kind: 'exposed',
    causes: [way.kind, way.who, ...way.claims, ...way.by.map(statementKey)],
    by: way.by,
    summary: `${what}.`,
    remedies: narrowing(way, principal),
    accept: { add: [entryFor(way)] },
    wide: isWideOpen(way),
  });
}

/** A trust policy that cannot be read, as a whole or in part, may let in anybody. */
function unreadable(reached: Reached): Finding[] {
  const { principal, ways, expectation } = reached;
  const problem = ways.find((way) => way.problem !== undefined)?.problem;
  if (problem === undefined || expectation.assumedBy?.some(({ kind }) => kind === 'any')) return [];
  return [
    reachFindingOf(reached, {
      kind: 'inconclusive',
      causes: ['trust', principal.trust?.text ?? ''],
      by: [],
      summary: `Who can assume ${subjectName(principal)} cannot be told: its trust policy cannot be read (${problem}).`,
      remedies: ['Correct the trust policy, then check again.'],
      wide: true,
    }),
  ];
}

/** Whoever is let in wide open elsewhere, and comes from there. */
function chainedExposure(reached: Reached): Finding[] {
  const { road, principal, access, expectation } = reached;
  if (road === undefined || !isWideOpen(road.way) || road.through.length < 2) return [];
  if (expectation.assumedBy?.some(({ kind }) => kind === 'any')) return [];
  const name = subjectName(principal);
  const through = road.through.slice(0, -1).map(subjectName);
  return [
    reachFindingOf(reached, {
      kind: 'exposed',
      causes: ['chain', road.way.kind, ...through],
      by: road.way.by,
      summary: `${name} can be reached by ${wayWords(road.way)} through ${listed(through)}: ${openedWords(access, reached.by)}.`,
      remedies: [
        ...narrowing(road.way, road.through[0] ?? principal),
        `Or take ${through.at(-1)} out of the trust policy of ${name}.`,
      ],
      wide: true,
    }),
  ];
}

function deputy(way: WayIn, reached: Reached): Finding {
  const name = subjectName(reached.principal);
  return reachFindingOf(reached, {
    kind: 'exposed',
    causes: ['deputy', way.who, ...way.by.map(statementKey)],
    by: way.by,
    severity: 'medium',
    summary: `${name} trusts ${way.who} for whomever it acts: nothing in its trust policy demands aws:SourceAccount or aws:SourceArn (a confused deputy).`,
    remedies: [
      `Add "Condition": { "StringEquals": { "aws:SourceAccount": "${reached.accountId}" } } to the statement.`,
    ],
  });
}

/** Principals of the account that are not among those expected. */
function ownExposures(expected: readonly AssumedBy[], reached: Reached): Finding[] {
  if (expected.some(({ kind }) => kind === 'any')) return [];
  const { accountId, principal } = reached;
  const tests = expected.filter(({ kind }) => kind === 'principal').map(({ text }) => wildcardTest(text));
  // The account is of the organization, too.
  const whole = expected.some(
    (one) => one.kind === 'organization' || (one.kind === 'account' && one.accountId === accountId),
  );
  const unexpected = whole
    ? []
    : reached
        .ownCallers()
        .filter(
          (one) =>
            one.arn !== principal.arn && !tests.some((test) => test(subjectName(one)) || test(one.arn)),
        );
  if (unexpected.length === 0) return [];
  const names = unexpected.map(subjectName).sort();
  const name = subjectName(principal);
  return [
    reachFindingOf(reached, {
      kind: 'exposed',
      causes: ['own', ...names],
      by: [],
      summary: `${name} can be assumed by ${listed(names, 3)}, whom nobody expected: ${openedWords(reached.access, reached.by)}.`,
      remedies: [`Name in the trust policy of ${name} who may assume it, in the place of the account.`],
      accept: { add: names },
    }),
  ];
}
