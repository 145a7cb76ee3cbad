import type { Request } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions as catalog } from '#lib/catalog/actions.ts';
import { compareSeverity, worst } from '#lib/catalog/severity.ts';
import type { Severity } from '#lib/catalog/types.ts';
import { readAssumedBy } from '#lib/expectation/assumed-by.ts';
import type { AssumedByInput } from '#lib/expectation/schema.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { Closed } from '#lib/reach/pools.ts';
import type { Reach, Road } from '#lib/reach/reach.ts';
import type { WayIn, WayKind } from '#lib/reach/way-in.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { accept } from './accepting.ts';
import { distinctEntries, entryFor } from './assumed-by.ts';
import { findingId } from './finding-id.ts';
import { byAction, worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

const entries = byAction(catalog);

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
  /** Whether its trust policy lets in a principal elsewhere, or somebody of an account, whoever else it lets in. */
  readonly admits: (asker: Parameters<Reach['admits']>[1]) => boolean;
  /** What it can do in Rekognition, with a request that shows it. */
  readonly access: readonly FindingAction[];
  /** By which actions whoever acts as it comes to some of that; absent: by none, it can do all of it as it is. */
  readonly by?: readonly string[];
}

/** Ways that are wide open: nobody in particular is let in. */
const open: readonly WayKind[] = ['anyone', 'guests', 'shared-provider'];

export function isWideOpen({ kind }: WayIn): boolean {
  return open.includes(kind);
}

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

/** What a finding about the ways into a principal says. */
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

/** A finding about the ways into a principal. */
export function reachFindingOf(reached: Reached, about: About): Finding {
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
