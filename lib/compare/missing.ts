import type { Layer, MatchedStatement } from '@permission-check/iam-policy';
import type { Suppression } from '#lib/expectation/types.ts';
import { actionName, counted, policyLabel, statementLabel } from '#lib/words/labels.ts';
import { aLayer } from '#lib/words/layers.ts';
import { isEverything, scopeWords } from '#lib/words/scopes.ts';
import type { Accepted } from './accepted.ts';
import { acceptMissing } from './accepting.ts';
import { type Against, identityAllowsOf, type JudgedRequest } from './criteria.ts';
import { whenWords } from './expected-part.ts';
import { always, type FindingDraft } from './finding-draft.ts';
import { statementKey } from './finding-id.ts';
import { type GrantPathGroup, grantPathsOf, groupGrantPaths } from './grant-paths.ts';
import { groupBy } from './group-by.ts';
import type { NearMiss } from './near-misses.ts';
import { attachCommands, namedActions } from './remedies.ts';

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
    case 'endpoint':
      return always([`Allow ${what} in the policy of the VPC endpoint that it comes through.`]);
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

interface MissingOptions {
  readonly suppressionOf: (action: string) => Suppression | undefined;
  readonly against?: Against;
  readonly nearMissOf?: ((judged: JudgedRequest, layer: Layer) => NearMiss | undefined) | undefined;
  /** What a rule should say for some actions to be missing by right. */
  readonly accepted: (
    actions: readonly string[],
    layer: Layer,
    denies: readonly MatchedStatement[],
  ) => Accepted;
}

/** What is expected and denied: it works for nobody, or is about to break. */
export function missingFindings(all: readonly JudgedRequest[], options: MissingOptions): FindingDraft[] {
  const { suppressionOf, nearMissOf = () => undefined } = options;
  const differing = all.filter(({ difference }) => difference === 'missing');
  const nearMiss = (one: JudgedRequest) =>
    deniesOf(one).length === 0 ? nearMissOf(one, layerOf(one)) : undefined;
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
  return groupGrantPaths(paths, suppressionOf).map((group) =>
    draftOf(group, nearMiss(group.first.judged[0]), all, options),
  );
}

function draftOf(
  group: GrantPathGroup,
  near: NearMiss | undefined,
  all: readonly JudgedRequest[],
  { against = 'expectation', accepted }: MissingOptions,
): FindingDraft {
  const [plainest] = group.first.judged;
  const judged = group.paths.flatMap((path) => path.judged);
  const actions = group.paths.map(({ action }) => action);
  const names = group.paths.map(({ action }) => actionName(action)).sort();
  const scope = scopeWords(
    judged.map(({ expected, request }) => ({ by: identityAllowsOf(expected), request })),
  );
  const when = whenWords(judged.flatMap(({ expected }) => identityAllowsOf(expected)));
  const was = against === 'past';
  const why = near?.why ?? whyDenied(group, names.length === 1 ? 'it' : 'them', all);
  return {
    kind: was ? 'access-lost' : 'missing',
    severity: was ? 'low' : 'medium',
    causes: group.first.causes,
    judged: group.paths.map((path) => ({ action: path.action, judged: path.judged[0] })),
    scope,
    when,
    by: near === undefined ? group.first.by : [near.statement],
    summary: summaryOf({ names, scope, when, was, why }),
    remedies: near === undefined ? grantRemedies(group, names) : always([near.remedy]),
    accept: acceptMissing(accepted(actions, layerOf(plainest), deniesOf(plainest))),
    suppressed: group.suppressed,
  };
}

function whyDenied(group: GrantPathGroup, them: string, all: readonly JudgedRequest[]): string {
  const [judged] = group.first.judged;
  const [deny] = deniesOf(judged);
  if (deny !== undefined) return `${statementLabel(deny)} denies ${them}`;
  const part = allowedPart(group, all);
  return `${blocks(layerOf(judged))} ${them}${part === undefined ? '' : ` there, only ${part}`}`;
}

function summaryOf(of: {
  readonly names: readonly string[];
  readonly scope: string | undefined;
  readonly when: string | undefined;
  readonly was: boolean;
  readonly why: string;
}): string {
  const { names, scope, when, was, why } = of;
  const [only] = names;
  const one = names.length === 1;
  const what = one ? only : counted(names.length, 'action');
  const where = [
    scope === undefined ? undefined : ` on ${scope}`,
    when === undefined ? undefined : ` ${when}`,
  ];
  const place = where.join('');
  return was
    ? sentence(`${what} ${one ? 'was' : 'were'} possible${place}; now ${why}`)
    : sentence(`${what} ${one ? 'is' : 'are'} expected${place}, but ${why}`);
}
