import { isLetInBy } from '#lib/reach/known-ways.ts';
import { rememberOpenings } from './remember-openings.ts';
import type { PrincipalRecord, Reading } from './types.ts';
import { withoutTexts } from './without-texts.ts';

/**
 * Who comes to a principal from outside, after a look, and what is to be told of those who are new, once. Who came by the
 * same way before, or by a wider one, is not new; at the first look at an account, and after an upgrade, nobody is. Who
 * came and went before anybody was told is never told.
 */
export function rememberOutside(
  before: PrincipalRecord | undefined,
  reading: Reading,
): Pick<PrincipalRecord, 'outside' | 'opened'> {
  const { outside: seen } = reading;
  const { opened = [] } = rememberOpenings(before, reading).record;
  const known = before?.outside ?? (reading.isNew === true ? [] : undefined);
  const kept = opened.filter(
    ({ kind, id }) =>
      kind !== 'access-shared' || seen === undefined || seen.some(({ news }) => news?.id === id),
  );
  const found =
    seen === undefined || known === undefined
      ? []
      : seen.flatMap(({ way, news }) =>
          news === undefined || isLetInBy(way, known) ? [] : [withoutTexts(news)],
        );
  const all = [...kept, ...found];
  const outside = seen?.map(({ way }) => way) ?? before?.outside;
  return {
    opened: all.length === 0 ? undefined : all,
    ...(outside === undefined ? {} : { outside }),
  };
}

/** The trust policy after a look; the one before stays known while what changed it has not been announced. */
export function rememberTrust(
  before: PrincipalRecord | undefined,
  { trust: seen, changes, access }: Reading,
): Pick<PrincipalRecord, 'trust' | 'pastTrust'> {
  // A look that failed has not shown that there is none.
  const trust = seen ?? (access === undefined ? before?.trust : undefined);
  const past = before?.pastTrust ?? before?.trust;
  const isPending = changes.length + (before?.changes.length ?? 0) > 0;
  return {
    ...(trust === undefined ? {} : { trust }),
    ...(isPending && past !== undefined && past !== trust ? { pastTrust: past } : {}),
  };
}
