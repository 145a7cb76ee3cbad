import { arnParts } from '#lib/account/arn.ts';
import type { Account, Principal } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Checker } from '#lib/check/principal.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { openedWords } from '#lib/compare/narrowing.ts';
import { accessOf, isWideOpen, steppedUp } from '#lib/compare/reached-principal.ts';
import { worstFirst } from '#lib/compare/severity.ts';
import type { Finding, FindingAction } from '#lib/compare/types.ts';
import type { Baseline } from '#lib/expectation/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { type Outlook, outlooks, type World } from '#lib/iac/worlds.ts';
import { Callers } from '#lib/reach/callers.ts';
import { isLetInBy, type KnownWay } from '#lib/reach/known-ways.ts';
import { Reach } from '#lib/reach/reach.ts';
import type { WayIn } from '#lib/reach/way-in.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { admissionsAt } from './admissions-at.ts';
import { plannedCallers, withTrust } from './planned-callers.ts';
import { unknownTrust } from './planned-reach.ts';
import { isSameTrust } from './reach-changes.ts';

/** By whom somebody can be become, as it is told. */
interface Way extends KnownWay {
  /** `anyone with an AWS account through role/front` */
  readonly words: string;
  readonly isWide: boolean;
  readonly withoutExternalId?: true;
}

/** What differs of who can become a principal. */
interface WayChange {
  readonly fresh: readonly Way[];
  readonly gone: readonly Way[];
  /** Who may turn out to come, and what that depends on. */
  readonly open: readonly { readonly way: Way; readonly asks: readonly string[] }[];
  /** The same come as before, and something else is asked of them. */
  readonly isOther: boolean;
}

/** What a plan changes of who can become a principal, as far as that principal may do anything. */
export type WayChanges = (planned: PlannedPrincipal, before: Outlook['before']) => readonly Finding[];

/** Prepares the comparison of who can become the principals of an account before and after a deployment. */
export async function planWays(
  worlds: readonly World[],
  base: Account | undefined,
  baseline: Baseline,
  checker: Pick<Checker, 'accessOf'>,
): Promise<WayChanges> {
  const past = new Callers();
  for await (const { before } of outlooks(worlds.slice(0, 1), base)) {
    if (before !== undefined) past.see(before.principal);
  }
  const admissions = admissionsAt(baseline, undefined);
  const over = (callers: Callers) => new Reach(admissions, callers, base?.identityPools);
  const callers = await plannedCallers(worlds, base, undefined);
  const [then, certain] = [over(past), over(callers.certain)];
  const widest = callers.widest && over(callers.widest);
  return (planned, before) => {
    const principal = withTrust(planned);
    if (planned.partial || principal.kind === 'user' || principal.serviceLinked) return [];
    const was = before && waysTo(before.principal, then);
    const is = waysTo(principal, certain);
    const change = changeOf(was, is, planned, before?.principal);
    const perhaps = widest && roadTo(principal, widest);
    const asks = perhaps?.roles.flatMap(({ arn }) => callers.dependsOn.get(arn) ?? []) ?? [];
    const isNew = perhaps && asks.length > 0 && !is.has(perhaps.words) && was?.has(perhaps.words) !== true;
    const open = isNew ? [...change.open, { way: perhaps, asks: [...new Set(asks)] }] : change.open;
    const access = () => checker.accessOf(planned.principal);
    return [
      ...findingsOf({ ...change, open }, principal, before === undefined, access),
      ...unknownTrust(planned, access),
    ];
  };
}

function changeOf(
  was: ReadonlyMap<string, Way> | undefined,
  is: ReadonlyMap<string, Way>,
  { trust, principal }: PlannedPrincipal,
  before: Principal | undefined,
): WayChange {
  // Nobody knows whom it will let in: that is said of it as a whole.
  const isOpen = trust !== undefined && trust.policy === undefined;
  const news = [...is.values()].filter((way) => (was ? !isAmong(way, was) : isOutside(way)));
  const fresh = isOpen ? [] : news.filter(({ kind }) => kind !== 'unknown');
  const gone = isOpen ? [] : [...(was?.values() ?? [])].filter((way) => !isAmong(way, is));
  const isSame = before === undefined || trust !== undefined || isSameTrust(before, principal);
  return {
    fresh,
    gone,
    open: isOpen ? [] : news.filter(({ kind }) => kind === 'unknown').map((way) => ({ way, asks: [] })),
    isOther: !isSame && fresh.length + gone.length === 0,
  };
}

function findingsOf(
  { fresh, gone, open, isOther }: WayChange,
  principal: Principal,
  isNew: boolean,
  accessible: () => ReturnType<Checker['accessOf']>,
): readonly Finding[] {
  if (fresh.length + gone.length + open.length === 0 && !isOther) return [];
  const access = accessOf(accessible());
  if (access.length === 0) return [];
  const opened = openedWords(access);
  const words = (ways: readonly Way[]) =>
    listed(
      ways.map((way) => way.words),
      4,
    );
  const news = isNew ? '' : ', who could not before';
  const tell = (kind: Finding['kind'], ways: readonly Way[], summary: string) =>
    findingOf(kind, principal, access, ways, summary);
  return [
    ...(fresh.length > 0
      ? [tell('exposed', fresh, `can be assumed by ${words(fresh)}${news}: ${opened}.`)]
      : []),
    ...(isOther
      ? [tell('exposed', [], `can be assumed under other conditions than before: ${opened}.`)]
      : []),
    ...(gone.length > 0 ? [tell('unreachable', gone, `can no longer be assumed by ${words(gone)}.`)] : []),
    ...open.map(({ way, asks }) => {
      const depends = asks.length === 0 ? '' : `. That depends on ${listed(asks, 4)}`;
      return tell('inconclusive', [way], `may be assumed by ${way.words}: ${opened}${depends}.`);
    }),
  ];
}

function findingOf(
  kind: Finding['kind'],
  principal: Principal,
  access: readonly FindingAction[],
  ways: readonly Way[],
  summary: string,
): Finding {
  const isWide = ways.some((way) => way.isWide);
  const actions = worstFirst(
    access.map((one) => ({ ...one, severity: isWide ? steppedUp(one.severity, one.action) : one.severity })),
  );
  const name = subjectName(principal);
  const { accountId } = arnParts(principal.arn);
  const isLoss = kind === 'unreachable';
  return {
    id: findingId(accountId, principal.arn, kind, ['planned way', ...ways.map(({ words }) => words)]),
    kind,
    severity: isLoss ? 'low' : worst(actions.map(({ severity }) => severity)),
    subject: name,
    principalArn: principal.arn,
    actions: isLoss ? [] : actions,
    by: [],
    summary: `${name} ${summary}`,
    remedies: [],
  };
}

/** The ways to a principal, its own and the widest through others, by their words. */
function waysTo(principal: Principal, reach: Reach): ReadonlyMap<string, Way> {
  const road = roadTo(principal, reach);
  const own = reach.waysInto(principal).map((way) => wayOf(way, []));
  // Of whom others let in and nobody knows, it is said where it is not known.
  const all = road === undefined || road.kind === 'unknown' ? own : [road, ...own];
  return new Map(all.map((way) => [way.words, way]));
}

/** The widest road that leads through others. */
function roadTo(
  principal: Principal,
  reach: Reach,
): (Way & { readonly roles: readonly Principal[] }) | undefined {
  const road = reach.roadTo(principal);
  const through = road?.through.slice(0, -1) ?? [];
  if (road === undefined || through.length === 0) return undefined;
  return { ...wayOf(road.way, through.map(subjectName)), roles: through };
}

function wayOf(way: WayIn, through: readonly string[]): Way {
  const { kind, who, claims, withoutExternalId } = way;
  const without = withoutExternalId === true ? ', without an external id' : '';
  const behind = through.length === 0 ? '' : ` through ${listed(through)}`;
  return {
    kind,
    who,
    claims,
    through,
    words: `${wayWords(way)}${without}${behind}`,
    isWide: isWideOpen(way),
    ...(withoutExternalId === true && { withoutExternalId }),
  };
}

/** Whether somebody comes by one of these ways: by the same, or by one that lets in others besides. */
const isAmong = (way: Way, ways: ReadonlyMap<string, Way>): boolean =>
  ways.has(way.words) ||
  (way.withoutExternalId !== true &&
    isLetInBy(
      way,
      [...ways.values()].filter(({ kind }) => kind !== 'unknown'),
    ));

/** Services that act for the account, and its own principals, come to every role that is made for them. */
const isOutside = ({ kind }: Way): boolean =>
  !['service', 'own', 'identity-center', 'pod-identity'].includes(kind);
