import { PolicyError, readPolicy, type Statement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

export type Tags = Readonly<Record<string, string>>;

const PRINCIPAL_TAG = /^aws:PrincipalTag\/(.+)$/i;
const equal = /^String(Equals|EqualsIgnoreCase|Like)$/;
const different = /^StringNot(Equals|EqualsIgnoreCase|Like)$/;
const VARIABLE = /\$\{aws:PrincipalTag\/([^},]+?)\s*(?:,[^}]*)?\}/gi;
/** A value that no policy names. */
const ANOTHER = 'permission-check';
/** Sets of tags that are tried. */
const TRIED = 20;

/**
 * The tags by which a principal would be somebody else to its own policies, sets for each statement about its tags: what an
 * Allow asks for, what a Deny spares, and where a statement only names a tag of its own (`${aws:PrincipalTag/team}`), the
 * values that others have, and one more.
 *
 * @param valuesOf the values that a tag has among the principals of the account; the tag in lower case
 */
export function wishedTags(
  { policies, boundary, tags }: Principal,
  valuesOf: (tag: string) => Iterable<string>,
): readonly Tags[] {
  const statements = [...policies, ...(boundary ? [boundary] : [])].flatMap(({ text }) => statementsOf(text));
  const wished = statements
    .flatMap((statement) => wishesOf(statement, valuesOf))
    .filter((one) => Object.entries(one).some(([key, value]) => tags[key] !== value));
  return [...new Map(wished.map((one) => [JSON.stringify(one), one])).values()].slice(0, TRIED);
}

/** Of what cannot be read nothing is known. */
function statementsOf(text: string): readonly Statement[] {
  if (!/PrincipalTag/i.test(text)) return [];
  try {
    return readPolicy(text).statements;
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
}

/** What a statement asks for by value, with each value that a tag may have which it only names. */
function wishesOf(statement: Statement, valuesOf: (tag: string) => Iterable<string>): readonly Tags[] {
  const wished = wishOf(statement);
  let all: readonly Tags[] = [wished];
  // What is asked for by value stays.
  for (const [tag, values] of namedBy(statement, valuesOf))
    all = all.flatMap((one) => [...values].map((value) => ({ [tag]: value, ...one })));
  return all;
}

/** The tags that a statement names, each with the values that can make a difference to it. */
function namedBy(
  { resources, conditions }: Statement,
  valuesOf: (tag: string) => Iterable<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  const add = (text: string, values: Iterable<string>) => {
    for (const [, tag = ''] of text.matchAll(VARIABLE))
      named.set(tag, new Set([...(named.get(tag) ?? [ANOTHER]), ...values].slice(0, TRIED)));
  };
  for (const resource of resources ?? []) add(resource, []);
  for (const { key, values } of conditions) {
    const tag = key.replace(/^[^/]*\//, '').toLowerCase();
    for (const value of values) add(value, valuesOf(tag));
  }
  return named;
}

function wishOf({ effect, conditions }: Statement): Tags {
  const wished: Record<string, string> = {};
  for (const { key, operator, values } of conditions) {
    const tag = PRINCIPAL_TAG.exec(key)?.[1];
    const [value] = values;
    if (tag === undefined || value === undefined || value.includes('\u0024{')) continue;
    if (!equal.test(operator) && !different.test(operator)) continue;
    const isWanted = equal.test(operator) === (effect === 'Allow');
    wished[tag] = isWanted ? value.replaceAll('*', 'x').replaceAll('?', 'x') : ANOTHER;
  }
  return wished;
}

/** The values that each tag, in lower case, has among principals. */
export function tagValuesOf(principals: readonly Principal[]): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, Set<string>>();
  for (const { tags } of principals) {
    for (const [key, value] of Object.entries(tags)) {
      const tag = key.toLowerCase();
      const values = all.get(tag) ?? new Set();
      all.set(tag, values.add(value));
    }
  }
  return all;
}
