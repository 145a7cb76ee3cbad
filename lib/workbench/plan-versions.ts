import { type CompiledSet, decide, type Request } from '@permission-check/iam-policy';
import type { CompiledSets } from '#lib/check/policy-sets.ts';
import type { Finding, FindingAction } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import type { Outlook, World } from '#lib/iac/worlds.ts';
import type { PlannedExpectations } from './planned-expectations.ts';

/** A principal as it is in some of the worlds, all alike, held against what it may be expected to do there. */
export interface Version {
  readonly planned: PlannedPrincipal;
  readonly worlds: readonly World[];
  readonly set: CompiledSet;
  readonly usual: boolean;
  /** Absent where it is held against what was before. */
  readonly expected?: Expectation;
  /** What decides what it is held against, in words. */
  readonly asks: readonly string[];
}

export type ExpectedOf = (planned: PlannedPrincipal) => PlannedExpectations;

/** The usual ones first, and of these the one that grants least. */
export function versionsOf(
  worlds: readonly World[],
  after: Outlook['after'],
  sets: CompiledSets,
  expectedOf: ExpectedOf | undefined,
): Version[] {
  const versions: (Version & { readonly worlds: World[] })[] = [];
  const order = worlds
    .map((world, index) => ({ world, planned: after[index] }))
    .sort((a, b) => rank(a.world) - rank(b.world));
  for (const { world, planned } of order) {
    if (planned === undefined) continue;
    const set = sets.observed(planned.principal);
    const expected = expectedOf?.(planned);
    for (const one of expected?.all ?? [undefined]) {
      const same = versions.find(
        (other) =>
          other.set === set &&
          other.expected === one &&
          isAlike(other.planned, planned) &&
          other.usual === world.usual,
      );
      if (same !== undefined) same.worlds.push(world);
      else
        versions.push({
          planned,
          worlds: [world],
          set,
          usual: world.usual,
          ...(one !== undefined && { expected: one }),
          asks: expected?.asks ?? [],
        });
    }
  }
  // Readings that nobody chose tell nothing where they are like a usual one.
  return versions.filter(
    (one) =>
      one.usual ||
      !versions.some(
        (other) =>
          other.usual &&
          other.set === one.set &&
          other.expected === one.expected &&
          trustOf(other.planned) === trustOf(one.planned),
      ),
  );
}

const rank = ({ usual, bound }: World): number => (usual ? 0 : 2) + (bound === 'least' ? 0 : 1);

const isAlike = (a: PlannedPrincipal, b: PlannedPrincipal): boolean =>
  String(a.principal.unreadable) === String(b.principal.unreadable) && trustOf(a) === trustOf(b);

/** The text of its trust policy, as far as it is known. */
const trustOf = ({ principal, trust }: PlannedPrincipal): string | undefined =>
  (trust?.policy ?? principal.trust)?.text;

export const tooMuch = (kind: Finding['kind']): boolean =>
  kind === 'excess' || kind === 'unguarded' || kind === 'access-gained';

/** Whether the policies of another version answer the request of a finding in the same way. */
export function isAnswered(
  kind: Finding['kind'],
  { action, witness }: FindingAction,
  { set }: Version,
): boolean {
  if (witness === undefined) return false;
  const request: Request = { ...witness, action };
  return (decide(set, request).decision === 'allowed') === tooMuch(kind);
}

/** Whether the request of a finding is judged in the same way by what another version is held against. */
export function isJudged(
  kind: Finding['kind'],
  { action, witness }: FindingAction,
  from: Version,
  { expected }: Version,
  sets: CompiledSets,
): boolean {
  if (expected === from.expected) return true;
  if (witness === undefined || expected === undefined || expected.kind === 'any') return false;
  const request: Request = { ...witness, action };
  const allows = (policies: Expectation & { kind: 'sets' }) =>
    decide(sets.expected(policies), request).decision === 'allowed';
  if (kind === 'excess') return !allows(unguarded(expected));
  return kind === 'unguarded' ? allows(unguarded(expected)) && !allows(expected) : allows(expected);
}

const withoutGuards = new WeakMap<Expectation, Expectation & { kind: 'sets' }>();

/** What would be expected without guards. */
function unguarded(expected: Expectation & { kind: 'sets' }): Expectation & { kind: 'sets' } {
  if (expected.guards.length === 0) return expected;
  const known = withoutGuards.get(expected) ?? { ...expected, guards: [] };
  withoutGuards.set(expected, known);
  return known;
}
