import type { Layer } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import { actionName, counted, policyLabel, statementLabel } from '#lib/words/labels.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import { identityAllowsOf, type Judged } from './criteria.ts';
import { always, type Draft } from './draft.ts';
import { whenWords } from './excess.ts';
import { statementKey } from './finding-id.ts';
import { type DoorGroup, doorsOf, groupDoors } from './grant-paths.ts';
import { groupBy } from './group-by.ts';
import { acceptRemedy, attachCommands, namedActions } from './remedies.ts';

const blockers: Readonly<Record<Layer, string>> = {
  identity: 'no policy allows',
  boundary: 'the permissions boundary does not allow',
  scp: 'a service control policy of the organization does not allow',
  rcp: 'a resource control policy of the organization does not allow',
  session: 'the session policy does not allow',
  resource: 'the resource policy does not allow',
};

const layerOf = ({ verdict, denies }: Judged): Layer => verdict.blockedBy ?? denies[0]?.layer ?? 'identity';

/** Only the denies of the layer that blocked; others may have matched as well and be blocked in turn. */
const deniesOf = (judged: Judged) => judged.denies.filter(({ layer }) => layer === layerOf(judged));

/** The sets' statements that expect it; a set that expects it everywhere keeps nothing apart. */
function expectedOnly(judged: Judged): string[] {
  const by = identityAllowsOf(judged.expected);
  const everywhere = by.some(
    ({ statement }) =>
      statement.conditions.length === 0 &&
      !statement.notResource &&
      (statement.resources ?? ['*']).includes('*'),
  );
  return everywhere ? [] : by.map(statementKey).sort();
}

/** Where the principal has the same actions after all: `on collection/shop-*`. */
function allowedPart({ doors }: DoorGroup, all: readonly Judged[]): string | undefined {
  const actions = new Set(doors.map(({ action }) => action));
  const fine = all.filter(
    ({ request, verdict }) => actions.has(request.action) && verdict.decision === 'allowed',
  );
  if (new Set(fine.map(({ request }) => request.action)).size < actions.size) return undefined;
  const scope = scopeWords(fine.map(({ allows, request }) => ({ by: allows, request })));
  const when = whenWords(fine.flatMap(({ allows }) => allows));
  const narrower = scope === undefined || isEverything(scope) ? undefined : `on ${scope}`;
  return [narrower, when].filter(Boolean).join(' ') || undefined;
}

function grantRemedies(group: DoorGroup, names: readonly string[]): Draft['remedies'] {
  const denies = deniesOf(group.first.judged[0]);
  const layer = layerOf(group.first.judged[0]);
  if (denies.length > 0) {
    return always(denies.map((deny) => `Narrow the Deny in ${statementLabel(deny)}.`));
  }
  const what = namedActions(names);
  switch (layer) {
    case 'boundary':
      return allowInBoundary(what);
    case 'scp':
    case 'rcp':
      return always([`Ask whoever runs the organization: its ${layer.toUpperCase()}s must allow ${what}.`]);
    case 'identity':
      break;
    default:
      return always([`Allow ${what} in the ${layer} policy.`]);
  }
  const allowing = group.doors
    .flatMap(({ judged }) => judged)
    .flatMap(({ expected }) => identityAllowsOf(expected).map(({ policy }) => policy.arn));
  return attachOrAllow(new Set(allowing.filter((arn) => arn !== undefined)), what);
}

function allowInBoundary(what: string): Draft['remedies'] {
  return ({ name, principal: { boundary } }) => [
    `Allow ${what} in the permissions boundary${
      boundary === undefined ? '' : ` ${policyLabel(boundary)}`
    } of ${name}.`,
  ];
}

function attachOrAllow(allowing: ReadonlySet<string>, what: string): Draft['remedies'] {
  return (subject) => {
    const attach = attachCommands(subject, allowing);
    return attach.length > 0 ? attach : [`Allow ${what} in a policy of ${subject.name}.`];
  };
}

/** What is expected and denied: it works for nobody, or is about to break. */
export function missing(
  all: readonly Judged[],
  suppressionOf: (action: string) => Suppression | undefined,
): Draft[] {
  const differing = all.filter(({ difference }) => difference === 'missing');
  const doors = [...groupBy(differing, ({ request }) => request.action)].flatMap(([action, judged]) =>
    doorsOf(action, judged, deniesOf, (one) => [`layer ${layerOf(one)}`, ...expectedOnly(one)]),
  );
  return groupDoors(doors, suppressionOf).map((group): Draft => {
    const { first } = group;
    const judged = group.doors.flatMap((door) => door.judged);
    const names = group.doors.map(({ action }) => actionName(action)).sort();
    const scope = scopeWords(
      judged.map(({ expected, request }) => ({
        by: identityAllowsOf(expected),
        request,
      })),
    );
    const when = whenWords(judged.flatMap(({ expected }) => identityAllowsOf(expected)));
    const denies = deniesOf(first.judged[0]);
    const part = allowedPart(group, all);
    const deny = denies[0];
    const them = names.length === 1 ? 'it' : 'them';
    const why =
      deny === undefined
        ? `${blockers[layerOf(first.judged[0])]} ${them}${part === undefined ? '' : ` there, only ${part}`}`
        : `${statementLabel(deny)} denies ${them}`;
    const what = names.length === 1 ? `${names[0]} is` : `${counted(names.length, 'action')} are`;
    return {
      kind: 'missing',
      severity: 'medium',
      causes: first.causes,
      judged: group.doors.map((door) => ({ action: door.action, judged: door.judged[0] })),
      scope,
      when,
      by: first.by,
      summary: `${what} expected${scope === undefined ? '' : ` on ${scope}`}${when === undefined ? '' : ` ${when}`}, but ${why}.`,
      remedies: grantRemedies(group, names),
      accept: acceptRemedy('missing', { by: [], names, unmet: [] }),
      suppressed: group.suppressed,
    };
  });
}
