import type { PolicySource } from '@permission-check/iam-policy';
import { decide, PolicyCompiler, PolicyError } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions as allActions } from '#lib/catalog/actions.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { CatalogAction, Severity } from '#lib/catalog/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { awsCommand } from '#lib/words/aws-command.ts';
import { actionName, counted, listed } from '#lib/words/labels.ts';
import { findingId } from './finding-id.ts';
import { byAction, sortFindings, worstFirst } from './severity.ts';
import type { Finding, FindingAction } from './types.ts';

/** A version of a managed policy and its document. */
export interface PolicyVersion {
  /** `v10` */
  readonly versionId: string;
  /** JSON text. */
  readonly text: string;
}

/** A managed policy as the account has it now, beside what the catalogue knows of it. */
export interface ManagedPolicyState {
  readonly name: string;
  readonly arn: string;
  /** The default version as IAM returns it. */
  readonly current: PolicyVersion;
  /** Oldest first; the last is the default version that expectations mean. */
  readonly known: readonly PolicyVersion[];
}

const number = (versionId: string): number => Number(versionId.replace(/^v/, ''));

/** The same document whatever the order of its members and the layout of its text. */
function canonical(text: string): string {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  try {
    return JSON.stringify(JSON.parse(text), sorted);
  } catch {
    return text;
  }
}

/** The actions that a document allows on every resource. @throws {PolicyError} */
function granted(
  { name, arn }: ManagedPolicyState,
  text: string,
  compiler: PolicyCompiler,
  actions: readonly CatalogAction[],
) {
  const policy: PolicySource = { name, arn, type: 'aws-managed', text };
  const set = compiler.compileSet({ identity: [policy] });
  return new Set(
    actions
      .map(({ action }) => action)
      .filter((action) => decide(set, { action, resource: '*', context: {} }).decision === 'allowed'),
  );
}

function draft(
  state: ManagedPolicyState,
  accountId: string,
  more: Pick<Finding, 'severity' | 'actions' | 'summary'> & { readonly cause: string },
): Finding {
  const { cause, ...rest } = more;
  return {
    id: findingId(accountId, state.arn, 'managed-policy-changed', [cause]),
    kind: 'managed-policy-changed',
    subject: state.name,
    scope: 'every resource',
    by: [],
    remedies: [
      awsCommand('iam get-policy-version', {
        'policy-arn': state.arn,
        'version-id': state.current.versionId,
      }),
      `If it is what you want, update this program's catalogue; if not, expect ${state.name}@${state.known.at(-1)?.versionId} and attach a policy of your own with that text.`,
    ],
    ...rest,
  };
}

/**
 * Managed policies whose default version is not the one that expectations mean: AWS (or somebody) has changed who
 * can do what without touching any principal, and AWS raises no event in the account for it. The severity is that
 * of what was added; where actions were only taken away, something may break (`medium`).
 */
export function compareManagedPolicies(
  states: readonly ManagedPolicyState[],
  accountId: string,
  actions: readonly CatalogAction[],
): Finding[] {
  const compiler = new PolicyCompiler(actions.map(({ action }) => action));
  const catalog = byAction(actions);
  const severityOf = (action: string): Severity => catalog.get(action.toLowerCase())?.severity ?? 'medium';
  const findings = states.flatMap((state): Finding[] => {
    const { current, known } = state;
    const newest = known.at(-1);
    if (newest === undefined || isSameVersion(current, newest)) return [];
    const release = releaseWords(current, newest);
    try {
      const before = granted(state, newest.text, compiler, actions);
      const now = granted(state, current.text, compiler, actions);
      return [draft(state, accountId, changeBetween(before, now, release, current, severityOf))];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return [
        draft(state, accountId, {
          cause: `${current.versionId} malformed`,
          severity: 'medium',
          actions: [],
          summary: `${release}, and it could not be read: ${error.message}.`,
        }),
      ];
    }
  });
  return sortFindings(findings);
}

const isSameVersion = (a: PolicyVersion, b: PolicyVersion): boolean =>
  a.versionId === b.versionId && canonical(a.text) === canonical(b.text);

/** How the default version is another than the newest known one. */
function releaseWords(current: PolicyVersion, newest: PolicyVersion): string {
  const later = number(current.versionId) - number(newest.versionId);
  if (later > 0)
    return `Its default version is ${current.versionId} now; expectations mean ${newest.versionId}`;
  return later < 0
    ? `Its default version is ${current.versionId}, older than ${newest.versionId}, which expectations mean`
    : `The text of ${current.versionId} is not the one that expectations mean`;
}

function changeBetween(
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
  release: string,
  current: PolicyVersion,
  severityOf: (action: string) => Severity,
): Parameters<typeof draft>[2] {
  const added = [...now].filter((action) => !before.has(action));
  const removed = [...before].filter((action) => !now.has(action));
  const told = added.length > 0 ? added : removed;
  const changed = worstFirst(
    told.map((action): FindingAction => {
      return { action, severity: added.length > 0 ? severityOf(action) : 'medium', evidence: [] };
    }),
  );
  const difference = [...differenceWords('adds', added), ...differenceWords('removes', removed)];
  const said =
    difference.length > 0
      ? `it ${difference.join(' and ')}`
      : 'it allows the same Rekognition actions on every resource, so the difference is elsewhere';
  return {
    cause: `${current.versionId} ${canonical(current.text)}`,
    severity: worst(['low', ...changed.map(({ severity }) => severity)]),
    actions: changed,
    summary: `${release}: ${said}.`,
  };
}

function differenceWords(verb: 'adds' | 'removes', actions: readonly string[]): readonly string[] {
  if (actions.length === 0) return [];
  return [`${verb} ${counted(actions.length, 'action')}: ${listed(actions.map(actionName).sort(), 8)}`];
}

/**
 * Collects the managed policies that principals have as a check comes past them, and says at the end which are not
 * as the catalogue knows them. One policy is one finding, however many have it.
 */
export function changedManagedPolicies(accountId: string): {
  /** @param expectation of the principal: one that names another version, or other sets, does not mean the newest */
  see(principal: Principal, expectation?: Expectation): void;
  findings(): Finding[];
} {
  const seen = new Map<string, ManagedPolicyState>();
  // Principals with the same policies often share the list of them.
  const lists = new WeakSet<readonly PolicySource[]>();
  const take = ({ type, arn, name, versionId, text }: PolicySource) => {
    if (type !== 'aws-managed' || arn === undefined || versionId === undefined || seen.has(arn)) return;
    const published = Object.hasOwn(managedPolicies, name) ? managedPolicies[name] : undefined;
    // Without the partition: aws-cn and aws-us-gov have the same policies.
    if (published === undefined || arn.split(':')[5] !== published.arn.split(':')[5]) return;
    const known = published.versions.map((version) => ({
      versionId: version.versionId,
      text: JSON.stringify(version.document),
    }));
    seen.set(arn, { name, arn, current: { versionId, text }, known });
  };
  return {
    see({ policies }, expectation) {
      if (expectation !== undefined && expectation.builtIn !== true) {
        for (const policy of policies) if (meansNewest(expectation, policy)) take(policy);
        return;
      }
      if (lists.has(policies)) return;
      lists.add(policies);
      for (const policy of policies) take(policy);
    },
    findings: () => compareManagedPolicies([...seen.values()], accountId, allActions),
  };
}

/** Whether a rule expects the newest version of a managed policy; of another version, the rule itself is judged. */
function meansNewest(expectation: Expectation, { name }: PolicySource): boolean {
  const newest = Object.hasOwn(managedPolicies, name) ? managedPolicies[name]?.defaultVersionId : undefined;
  return (
    expectation.kind === 'sets' &&
    expectation.policies.some((policy) => policy.name === name && policy.versionId === newest)
  );
}
