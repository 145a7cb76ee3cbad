import { PolicyError, readPolicy, type Statement } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

export type Tags = Readonly<Record<string, string>>;

const PRINCIPAL_TAG = /^aws:PrincipalTag\/(.+)$/i;
const equal = /^String(Equals|EqualsIgnoreCase|Like)$/;
const different = /^StringNot(Equals|EqualsIgnoreCase|Like)$/;
/** A value that no policy names. */
const ANOTHER = 'permission-check';
/** Sets of tags that are tried. */
const TRIED = 20;

/**
 * The tags by which a principal would be somebody else to its own policies, a set for each statement about its tags: what an
 * Allow asks for, and what a Deny spares.
 */
export function wishedTags({ policies, boundary, tags }: Principal): readonly Tags[] {
  const statements = [...policies, ...(boundary ? [boundary] : [])].flatMap(({ text }) => statementsOf(text));
  const wished = statements
    .map(wishOf)
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
