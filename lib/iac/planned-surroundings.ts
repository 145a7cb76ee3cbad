import type { PolicySource } from '@permission-check/iam-policy';
import type { Account, Group } from '#lib/account/types.ts';
import { displayName, displayOf, knownPath } from './declared.ts';
import { Edits } from './edits.ts';
import { PlannedPolicies } from './planned-policies.ts';
import { Provenance, UNKNOWN_ACCOUNT } from './planned-principal.ts';
import type { Declaration, Planned } from './types.ts';
import { hasUnknown } from './unknown.ts';
import type { World } from './worlds.ts';

/** What there is in an account beside its users and roles. */
export type Beside = Pick<Account, 'groups' | 'managedPolicies' | 'otherVersions'>;

/**
 * The groups, the managed policies and their other versions once a plan is deployed, with the most that its usual reading
 * may give them: also of those that nobody is in or has.
 */
export async function plannedSurroundings(
  worlds: readonly World[],
  base: Account | undefined,
): Promise<Beside> {
  const { planned } = worlds.find(({ usual }) => usual) ?? worlds[0] ?? {};
  if (
    planned === undefined ||
    (base !== undefined && ![...planned.added, ...planned.removed].some(isBeside))
  ) {
    return base ?? {};
  }
  const edits = new Edits(planned, 'after', 'most', base !== undefined);
  if (base !== undefined) for await (const principal of base.principals()) edits.see(principal);
  const groups = groupsOf(planned, base, edits);
  const { policies, versions } = policiesOf(planned, base);
  return { groups: () => groups, managedPolicies: () => policies, otherVersions: () => versions };
}

const isBeside = (one: Declaration): boolean =>
  one.is === 'managed-policy' ||
  (one.is === 'principal' && one.kind === 'group') ||
  ('of' in one && one.of.kind === 'group') ||
  ('to' in one && one.to.kind === 'group') ||
  one.is === 'only-attached-to';

function groupsOf(planned: Planned, base: Account | undefined, edits: Edits): readonly Group[] {
  const { partition } = planned;
  const accountId = base?.accountId ?? planned.accountId ?? UNKNOWN_ACCOUNT;
  const gone = new Set(
    planned.removed.flatMap((one) => (one.is === 'principal' && one.kind === 'group' ? [one.name] : [])),
  );
  const declared = [...planned.added, ...(base === undefined ? planned.unchanged : [])].flatMap((one) =>
    one.is === 'principal' && one.kind === 'group' ? [one] : [],
  );
  const stay = new Set(declared.map(({ name }) => name));
  const known = [...(base?.groups?.() ?? [])].filter(({ name }) => !gone.has(name) || stay.has(name));
  const names = new Set(known.map(({ name }) => name));
  return [
    ...known.map((group) => ({ ...group, policies: edits.group(group.name, group.policies) })),
    ...declared
      .filter(({ name }) => !names.has(name))
      .map((one): Group => {
        const name = displayName(one);
        const isKnown = !hasUnknown(one.name) && !hasUnknown(one.path);
        const arn = `arn:${partition}:iam::${accountId}:group${knownPath(one)}${name}`;
        return { name, ...(isKnown && { arn }), policies: edits.group(one.name, []) };
      }),
  ];
}

function policiesOf(planned: Planned, base: Account | undefined) {
  const own = new PlannedPolicies('most', planned.added, planned.unchanged);
  const from = new Provenance();
  const shown = [...planned.added, ...(base === undefined ? planned.unchanged : [])].flatMap((one) =>
    one.is === 'managed-policy' ? [one] : [],
  );
  const stay = new Set(shown.map(({ arn }) => arn));
  const gone = new Set(
    planned.removed.flatMap((one) => (one.is === 'managed-policy' && !stay.has(one.arn) ? [one.arn] : [])),
  );
  const isThere = ({ arn = '' }: PolicySource) => !gone.has(arn);
  const before = [...(base?.managedPolicies?.() ?? [])].filter(isThere);
  const known = new Set(before.map(({ arn }) => arn));
  const added = shown.filter(({ arn }) => !known.has(displayOf(arn)));
  const policies = [
    ...before.flatMap((policy) => own.updated(policy, from) ?? []),
    ...added.flatMap(({ arn, source }) =>
      own
        .given({ is: 'attachment', to: nobody, policyArn: arn, source }, from)
        .flatMap((change) => (change.kind === 'attach' ? [change.policy] : [])),
    ),
  ];
  // What a plan writes is a new version; the one before can be brought back.
  const replaced = before.filter((policy) => own.updated(policy, from)?.text !== policy.text);
  return { policies, versions: [...[...(base?.otherVersions?.() ?? [])].filter(isThere), ...replaced] };
}

const nobody = { kind: 'role', name: '' } as const;
