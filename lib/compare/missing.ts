import type { Layer } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import { actionName, counted, policyLabel, statementLabel } from '#lib/words/labels.ts';
import { aLayer } from '#lib/words/layers.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import { type Against, identityAllowsOf, type JudgedRequest } from './criteria.ts';
import { whenWords } from './excess.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { statementKey } from './finding-id.ts';
import { type GrantPathGroup, grantPathsOf, groupGrantPaths } from './grant-paths.ts';
import { groupBy } from './group-by.ts';
import type { NearMiss } from './near-misses.ts';
import { acceptRemedy, attachCommands, namedActions } from './remedies.ts';

/** `no policy allows`, `the permissions boundary does not allow`. */
function blocks(layer: Layer): string {
  if (layer === 'identity') return 'no policy allows';
  const whose = layer === 'scp' || layer === 'rcp' ? ' of the organization' : '';
  return `${aLayer(layer)}${whose} does not allow`;
}

const layerOf = ({ verdict, denies }: JudgedRequest): Layer =>
  verdict.blockedBy ?? denies[0]?.layer ?? 'identity';

/** Only the denies of the layer that blocked; others may have matched as well and be blocked in turn. */
const deniesOf = (judged: JudgedRequest) => judged.denies.filter(({ layer }) => layer === layerOf(judged));

/** The sets' statements that expect it; a set that expects it everywhere keeps nothing apart. */
function expectedOnly(judged: JudgedRequest): string[] {
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
function allowedPart({ paths }: GrantPathGroup, all: readonly JudgedRequest[]): string | undefined {
  const actions = new Set(paths.map(({ action }) => action));
  const fine = all.filter(
    ({ request, verdict }) => actions.has(request.action) && verdict.decision === 'allowed',
  );
  if (new Set(fine.map(({ request }) => request.action)).size < actions.size) return undefined;
  const scope = scopeWords(fine.map(({ allows, request }) => ({ by: allows, request })));
  const when = whenWords(fine.flatMap(({ allows }) => allows));
  const narrower = scope === undefined || isEverything(scope) ? undefined : `on ${scope}`;
  return [narrower, when].filter(Boolean).join(' ') || undefined;
}

function grantRemedies(group: GrantPathGroup, names: readonly string[]): FindingDraft['remedies'] {
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
  const allowing = group.paths
    .flatMap(({ judged }) => judged)
    .flatMap(({ expected }) => identityAllowsOf(expected).map(({ policy }) => policy.arn));
  return attachOrAllow(new Set(allowing.filter((arn) => arn !== undefined)), what);
}

function allowInBoundary(what: string): FindingDraft['remedies'] {
  return ({ name, principal: { boundary } }) => [
    `Allow ${what} in the permissions boundary${
      boundary === undefined ? '' : ` ${policyLabel(boundary)}`
    } of ${name}.`,
  ];
}

function attachOrAllow(allowing: ReadonlySet<string>, what: string): FindingDraft['remedies'] {
  return (subject) => {
    const attach = attachCommands(subject, allowing);
    return attach.length > 0 ? attach : [`Allow ${what} in a policy of ${subject.name}.`];
  };
}

const sentence = (text: string): string => (text.endsWith('?') ? text : `${text}.`);

/** What is expected and denied: it works for nobody, or is about to break. */
export function missingFindings(
  all: readonly JudgedRequest[],
  suppressionOf: (action: string) => Suppression | undefined,
  against: Against = 'expectation',
  nearMissOf: (judged: JudgedRequest) => NearMiss | undefined = () => undefined,
): FindingDraft[] {
  const differing = all.filter(({ difference }) => difference === 'missing');
  const nearMiss = (one: JudgedRequest) =>
    layerOf(one) === 'identity' && deniesOf(one).length === 0 ? nearMissOf(one) : undefined;
  const paths = [...groupBy(differing, ({ request }) => request.action)].flatMap(([action, judged]) =>
    grantPathsOf(action, judged, deniesOf, (one) => {
      const near = nearMiss(one);
      return [
        `layer ${layerOf(one)}`,
        ...expectedOnly(one),
        ...(near === undefined ? [] : [`near ${statementKey(near.statement)} ${action}`]),
      ];
    }),
  );
  return groupGrantPaths(paths, suppressionOf).map((group): FindingDraft => {
    const { first } = group;
    const judged = group.paths.flatMap((path) => path.judged);
    const names = group.paths.map(({ action }) => actionName(action)).sort();
    const scope = scopeWords(
      judged.map(({ expected, request }) => ({
        by: identityAllowsOf(expected),
        request,
      })),
    );
    const when = whenWords(judged.flatMap(({ expected }) => identityAllowsOf(expected)));
    const denies = deniesOf(first.judged[0]);
    const part = allowedPart(group, all);
    const near = nearMiss(first.judged[0]);
    const deny = denies[0];
    const them = names.length === 1 ? 'it' : 'them';
    const why =
      near !== undefined
        ? near.why
        : deny === undefined
          ? `${blocks(layerOf(first.judged[0]))} ${them}${part === undefined ? '' : ` there, only ${part}`}`
          : `${statementLabel(deny)} denies ${them}`;
    const one = names.length === 1;
    const what = one ? names[0] : counted(names.length, 'action');
    const where = `${scope === undefined ? '' : ` on ${scope}`}${when === undefined ? '' : ` ${when}`}`;
    const was = against === 'past';
    return {
      kind: was ? 'access-lost' : 'missing',
      severity: was ? 'low' : 'medium',
      causes: first.causes,
      judged: group.paths.map((path) => ({ action: path.action, judged: path.judged[0] })),
      scope,
      when,
      by: near === undefined ? first.by : [near.statement],
      summary: was
        ? sentence(`${what} ${one ? 'was' : 'were'} possible${where}; now ${why}`)
        : sentence(`${what} ${one ? 'is' : 'are'} expected${where}, but ${why}`),
      remedies: near === undefined ? grantRemedies(group, names) : always([near.remedy]),
      accept: acceptRemedy('missing', { by: [], names, unmet: [] }),
      suppressed: group.suppressed,
    };
  });
}
