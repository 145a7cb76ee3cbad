import { type Request, wildcardTest } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { readAssumedBy } from '#lib/expectation/assumed-by.ts';
import type { AssumedByInput } from '#lib/expectation/schema.ts';
import type { AssumedBy, Expectation } from '#lib/expectation/types.ts';
import type { Closed } from '#lib/reach/pools.ts';
import type { Reach, Road } from '#lib/reach/reach.ts';
import type { WayIn, WayKind } from '#lib/reach/way-in.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { accept } from './accepting.ts';
import { distinctEntries, entryFor, meets } from './assumed-by.ts';
import { findingId, statementKey } from './finding-id.ts';
import { narrowing, openedWords } from './narrowing.ts';
import { byAction, worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

/** A principal, who can act as it, and what it can do. */
export interface Reached {
  readonly accountId: string;
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly ways: readonly WayIn[];
  /** The widest road to it, if it comes from outside. */
  readonly road: Road | undefined;
  /** Identity pools that its trust policy names and whose guests do not become it. */
  readonly closedPools: ReadonlyMap<string, Closed>;
  /** Principals of the account that may assume it; asked for only where a rule says who may. */
  readonly ownCallers: () => readonly Principal[];
  /** Whether somebody with these claims of a provider can become it, whoever else can. */
  readonly letsIn: (identity: Parameters<Reach['letsIn']>[1]) => boolean;
  /** What it can do in Rekognition, with a request that shows it. */
  readonly access: readonly FindingAction[];
}

/** Ways that are wide open: nobody in particular is let in. */
const open: readonly WayKind[] = ['anyone', 'guests', 'shared-provider'];

export function isWideOpen({ kind }: WayIn): boolean {
  return open.includes(kind);
}

const entries = byAction(catalog);
const faces = new Set(
  catalog.filter(({ sensitivity }) => sensitivity === 'face-search').map(({ action }) => action),
);

/** One step up where nobody in particular can do it; what reads or searches faces is at least high then. */
export function steppedUp(severity: Severity, action: string): Severity {
  const up: Record<Severity, Severity> = {
    low: 'medium',
    medium: 'high',
    high: 'critical',
    critical: 'critical',
  };
  const stepped = up[severity];
  return faces.has(action) && compareSeverity('high', stepped) < 0 ? 'high' : stepped;
}

/** Findings about who can act as a principal: by whom nobody expected, and who is expected and cannot. */
export function reachFindings(reached: Reached): Finding[] {
  const { principal, expectation, ways } = reached;
  if (principal.kind === 'user' || principal.serviceLinked || reached.access.length === 0) return [];
  const expected = expectation.assumedBy;
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

/** A finding with the severity that it has where nobody in particular can act as its principal. */
export function forWideOpen(finding: Finding): Finding {
  if (finding.kind !== 'excess' && finding.kind !== 'unguarded') return finding;
  const actions = worstFirst(
    finding.actions.map((one) => ({ ...one, severity: steppedUp(one.severity, one.action) })),
  );
  return { ...finding, actions, severity: worst(actions.map(({ severity }) => severity)) };
}

interface About {
  readonly kind: 'exposed' | 'unreachable' | 'inconclusive';
  readonly causes: readonly string[];
  readonly by: Finding['by'];
  readonly summary: string;
  readonly remedies: readonly string[];
  /** Who is to be added to `assumed-by`, or taken out of it. */
  readonly accept?: { readonly add: readonly AssumedByInput[] } | { readonly remove: string };
  readonly severity?: Severity;
  readonly wide?: boolean;
}

function findingOf(reached: Reached, about: About): Finding {
  const { accountId, principal, expectation, access } = reached;
  const actions =
    about.kind === 'unreachable'
      ? []
      : worstFirst(
          access.map((one) => ({
            ...one,
            severity: about.severity ?? (about.wide ? steppedUp(one.severity, one.action) : one.severity),
          })),
        );
  const { assumedBy, rule } = expectation;
  return {
    id: findingId(accountId, principal.arn, about.kind, about.causes),
    kind: about.kind,
    severity: about.severity ?? worst(actions.map(({ severity }) => severity)),
    subject: subjectName(principal),
    principalArn: principal.arn,
    actions,
    ...(assumedBy && { expected: `assumed by ${listed(assumedBy.map(({ text }) => text)) || 'nobody'}` }),
    ...(rule && { expectedBy: rule }),
    by: about.by,
    summary: about.summary,
    remedies: about.remedies,
    ...acceptOf(about.accept, reached),
  };
}

/** What to write if it is meant to be so. */
function acceptOf(
  change: About['accept'],
  { accountId, principal, expectation, ways }: Reached,
): Pick<Finding, 'accept' | 'acceptance'> {
  if (change === undefined) return {};
  const name = subjectName(principal);
  // A rule that says nothing lets in whoever is of the account, and named others.
  const before = expectation.written?.assumedBy ?? [
    accountId,
    ...ways.filter((way) => way.kind !== 'unknown' && !isWideOpen(way)).map(entryFor),
  ];
  const assumedBy =
    'add' in change
      ? distinctEntries([...before, ...change.add])
      : before.filter((entry) => !isCalled(entry, change.remove));
  const who = 'add' in change ? listed(change.add.map(entryText), 3) : change.remove;
  const words =
    'add' in change
      ? `add ${who} to "assumed-by" of the rule for ${name}`
      : `take ${who} out of "assumed-by" of the rule for ${name}`;
  const { text, acceptance } = accept({ name, expectation }, { assumedBy }, words);
  return { accept: text, ...(acceptance && { acceptance }) };
}

const entryText = (entry: AssumedByInput): string =>
  typeof entry === 'string' ? entry : JSON.stringify(entry);

function isCalled(entry: AssumedByInput, text: string): boolean {
  const read = readAssumedBy(entry);
  return !('problem' in read) && read.text === text;
}

function exposedBy(way: WayIn, reached: Reached): Finding {
  const { principal, access } = reached;
  const name = subjectName(principal);
  const what = `${name} can be assumed by ${wayWords(way)}: ${openedWords(access)}`;
  return findingOf(reached, {
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
    findingOf(reached, {
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
    findingOf(reached, {
      kind: 'exposed',
      causes: ['chain', road.way.kind, ...through],
      by: road.way.by,
      summary: `${name} can be reached by ${wayWords(road.way)} through ${listed(through)}: ${openedWords(access)}.`,
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
  return findingOf(reached, {
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
    findingOf(reached, {
      kind: 'exposed',
      causes: ['own', ...names],
      by: [],
      summary: `${name} can be assumed by ${listed(names, 3)}, whom nobody expected: ${openedWords(reached.access)}.`,
      remedies: [`Name in the trust policy of ${name} who may assume it, in the place of the account.`],
      accept: { add: names },
    }),
  ];
}

/** Ways in that are expected and are not there, or can never be used. */
function unreachable(expected: readonly AssumedBy[], reached: Reached): Finding[] {
  const { principal, ways } = reached;
  if (ways.some(({ kind }) => kind === 'unknown')) return [];
  const callers = expected.some(({ kind }) => kind === 'principal') ? reached.ownCallers() : [];
  const isThere = (one: AssumedBy): boolean => {
    if (one.kind === 'any') return true;
    if (one.kind === 'account' && one.accountId === reached.accountId) return true;
    if (ways.some((way) => meets(one, way, principal))) return true;
    if (one.kind === 'provider' && reached.letsIn(one)) return true;
    const test = wildcardTest(one.text);
    return (
      one.kind === 'principal' && callers.some((caller) => test(subjectName(caller)) || test(caller.arn))
    );
  };
  const name = subjectName(principal);
  return expected
    .filter((one) => !isThere(one))
    .map((one) => {
      const closed = closedPoolOf(one, reached);
      if (closed !== undefined) return unreachableGuests(one, closed, reached);
      const named = principal.trust?.text.includes(one.kind === 'service' ? one.name : one.text) ?? false;
      const why = named
        ? `its trust policy names ${one.text}, but under conditions that are never met, or denies it again`
        : `its trust policy does not let ${one.text} in`;
      return findingOf(reached, {
        kind: 'unreachable',
        causes: [one.text],
        by: [],
        severity: 'medium',
        summary: `${name} should be assumed by ${one.text} and cannot be: ${why}.`,
        remedies: [
          named
            ? `Take out the conditions that ${one.text} cannot meet.`
            : `Let ${one.text} assume it, in its trust policy.`,
        ],
        accept: { remove: one.text },
      });
    });
}

/** The identity pool that keeps out guests who are expected, with what it does. */
function closedPoolOf(one: AssumedBy, { closedPools, principal }: Reached) {
  return [...closedPools].find(([who]) => meets(one, { kind: 'guests', who, claims: [], by: [] }, principal));
}

function unreachableGuests(
  one: AssumedBy,
  [pool, does]: readonly [string, Closed],
  reached: Reached,
): Finding {
  const name = subjectName(reached.principal);
  return findingOf(reached, {
    kind: 'unreachable',
    causes: [one.text, pool],
    by: [],
    severity: 'medium',
    summary: `${name} should be assumed by ${one.text} and cannot be: Cognito pool ${pool} ${does}.`,
    remedies: [
      does === 'admits no guests'
        ? `Let Cognito pool ${pool} admit guests (AllowUnauthenticatedIdentities).`
        : `Give guests of Cognito pool ${pool} ${name} (aws cognito-identity set-identity-pool-roles).`,
    ],
    accept: { remove: one.text },
  });
}

/** Principals alike have one list of requests. */
const accesses = new WeakMap<readonly Request[], readonly FindingAction[]>();

/** What a principal can do, as the actions of findings. */
export function accessOf(requests: readonly Request[]): readonly FindingAction[] {
  const known = accesses.get(requests);
  if (known !== undefined) return known;
  const access = requests.map(
    (witness): FindingAction => ({
      action: witness.action,
      severity: entries.get(witness.action.toLowerCase())?.severity ?? 'medium',
      witness,
      evidence: [],
    }),
  );
  accesses.set(requests, access);
  return access;
}
