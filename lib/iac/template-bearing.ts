import { holderKey } from './declared.ts';
import type { Declaration } from './types.ts';
import { hasUnknown } from './unknown.ts';

/**
 * Which resources of a template bear on one and the same principal, as lib/iac/edits puts declarations together: its own
 * declaration, the policies that it is given, those of its groups, its boundary. Whatever depends on different resources
 * of one list has to be tried in every combination; what stands in no list together cannot change anybody's access
 * together, because each principal is judged by itself.
 *
 * @param declared what each resource that depends on something open declares, whatever is chosen, by logical id.
 * @param others what the other resources declare: they change nothing, but lead from a principal to those that do.
 * @returns lists of logical ids, the shortest first.
 */
export function bearingTogether(
  declared: ReadonlyMap<string, readonly Declaration[]>,
  others: readonly Declaration[],
): string[][] {
  const all = [...declared].flatMap(([id, list]) => list.map((one) => ({ id, one })));
  const bearing = new Map<string, Set<string>>();
  for (const { id, one } of all) into(bearing, subjectOf(one), id);
  const leads = new Map<string, Set<string>>();
  for (const one of [...all.map((each) => each.one), ...others]) {
    const target = targetOf(one);
    if (target !== undefined) into(leads, subjectOf(one), target);
  }
  const principals = new Set([...all.map((each) => each.one), ...others].flatMap(principalOf));
  // Somebody in the account may have several of these, and the template does not say who.
  const anyones = all.filter(({ one }) => mayBeAnyones(one, principals)).map(({ id }) => id);
  const lists = [
    ...[...declared.keys()].map((id) => [id]),
    anyones,
    ...[...new Set([...bearing.keys(), ...leads.keys()])]
      .filter((subject) => /^(user|role)\//.test(subject))
      .map((subject) => [
        ...reached(subject, leads).flatMap((each) => [...(bearing.get(each) ?? [])]),
        ...anyones,
      ]),
  ];
  const different = new Map(
    lists.map((list) => [...new Set(list)].sort()).map((list) => [list.join(' '), list] as const),
  );
  return [...different.values()].filter(({ length }) => length > 0).sort((a, b) => a.length - b.length);
}

/** A subject and all that it leads to. */
function reached(subject: string, leads: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Set([subject]);
  for (const one of found) for (const target of leads.get(one) ?? []) found.add(target);
  return [...found];
}

function into(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

/** Whom or which policy a declaration says something of. */
function subjectOf(one: Declaration): string {
  switch (one.is) {
    case 'principal':
      return holderKey(one);
    case 'managed-policy':
      return one.arn;
    case 'inline-policy':
    case 'only-inline-policies':
      return holderKey(one.of);
    case 'attachment':
    case 'only-attachments':
      return holderKey(one.to);
    case 'membership':
      return `user/${one.user}`;
    case 'only-attached-to':
      return one.policyArn;
    case 'only-members':
      return `group/${one.group}`;
  }
}

/** What else bears on the subject of a declaration: a policy or a group. */
function targetOf(one: Declaration): string | undefined {
  if (one.is === 'attachment') return one.policyArn;
  if (one.is === 'membership') return `group/${one.group}`;
  return one.is === 'principal' ? one.boundaryArn : undefined;
}

const principalOf = (one: Declaration): string[] => (one.is === 'principal' ? [holderKey(one)] : []);

/**
 * Whether it may bear on somebody whom the template does not name: a policy or a group that the account may have by that
 * name already, what is given to an unknown name, and what says who alone has something.
 */
function mayBeAnyones(one: Declaration, principals: ReadonlySet<string>): boolean {
  if (one.is === 'only-attached-to' || one.is === 'only-members') return true;
  const subject = subjectOf(one);
  if (!/^(user|role)\//.test(subject)) return !hasUnknown(subject);
  return hasUnknown(subject) && !principals.has(subject);
}
