import { keyFacts } from '../condition-keys.ts';
import { contextValue } from '../context.ts';
import { accountOf, isOfOtherAccount } from '../principal.ts';
import { parseDate } from '../values.ts';
import { isoDate } from './boundaries.ts';
import type { SearchSpace } from './space.ts';

/**
 * The only values that a key can have in the requests of a space, besides being missing; undefined where there is no
 * such list. What is known of other keys closes some: the owner of the resources, the organization, the time.
 *
 * @param key in lower case
 */
export function closedValues(space: SearchSpace, key: string): readonly string[] | undefined {
  return space.values?.[key] ?? impliedValues(space, key) ?? keyFacts(key).values;
}

function impliedValues(space: SearchSpace, key: string): readonly string[] | undefined {
  const { known, resourceAccount } = space;
  const single = (name: string): string | undefined => {
    const value = contextValue(known, name);
    return typeof value === 'string' ? value : undefined;
  };
  switch (key) {
    case 'aws:resourceaccount':
      return listed(resourceAccount ?? accountOf(known));
    case 'aws:resourceorgid':
      return isOfOtherAccount({ context: known, ...(resourceAccount !== undefined && { resourceAccount }) })
        ? undefined
        : listed(single('aws:PrincipalOrgID'));
    case 'aws:epochtime':
      return listed(secondOf(single('aws:CurrentTime'))?.toString());
    default:
      return undefined;
  }
}

const listed = (value: string | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : [value];

/** The second since the epoch in which a moment is; undefined for what is no date. */
export function secondOf(text: string | undefined): bigint | undefined {
  const moment = text === undefined ? undefined : parseDate(text);
  if (moment === undefined) return undefined;
  const second = moment / 1000n;
  return moment < 0n && second * 1000n !== moment ? second - 1n : second;
}

/** The first moment of a second since the epoch and the last; none outside the years 0 to 9999. */
export function momentsOf(epoch: string | undefined): readonly string[] {
  const moment = epoch === undefined ? undefined : parseDate(epoch);
  if (moment === undefined) return [];
  return [moment, moment + 999n].flatMap((one) => isoDate(one) ?? []);
}

/** The moment at which a second since the epoch begins; undefined outside the years 0 to 9999. */
export function momentOf(epoch: string | undefined): string | undefined {
  const moment = epoch === undefined ? undefined : parseDate(epoch);
  return moment === undefined ? undefined : isoDate(moment);
}
