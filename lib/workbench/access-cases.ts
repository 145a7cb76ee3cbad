import {
  type AccessCases,
  accessOf,
  type CompiledSet,
  casesOf,
  decide,
  type MatchedStatement,
  mayCover,
  type Request,
  type SearchSpace,
  unreadableWords,
} from '@permission-check/iam-policy';
import type { AskedSpace } from '#lib/check/asked-space.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import type { AccessDegree, ActionAccess } from '#lib/report/access.ts';
import { accessWords } from '#lib/words/access.ts';

/** What a set lets do, in every case, of the spaces in which an action can be asked. */
export function accessIn(set: CompiledSet, action: string, spaces: readonly AskedSpace[]): ActionAccess {
  const parts = spaces.map(({ kind, space }) => partIn(set, action, kind, space));
  const degrees = parts.map(({ access }) => access);
  const access = together(degrees);
  const where = new Set(parts.flatMap((part) => part.where));
  const by = new Map(parts.flatMap((part) => part.by).map((one) => [statementIdentity(one), one]));
  const example = parts.find((part) => part.example !== undefined)?.example;
  const doubt = parts.find((part) => part.doubt !== undefined)?.doubt;
  return {
    action,
    access,
    where: access === 'full' && where.size > 1 ? ['every resource'] : [...where],
    by: [...by.values()],
    ...(example && { example }),
    ...(doubt && { doubt }),
  };
}

/** Of several kinds of resource: the whole is full where each part is. */
export function together(degrees: readonly AccessDegree[]): AccessDegree {
  const all = (degree: AccessDegree) => degrees.every((one) => one === degree);
  if (all('none')) return 'none';
  if (all('full')) return 'full';
  return degrees.every((one) => one === 'none' || one === 'unknown') ? 'unknown' : 'conditional';
}

function partIn(
  set: CompiledSet,
  action: string,
  kind: string | undefined,
  space: SearchSpace,
): ActionAccess {
  const access = accessOf(set, action, space);
  const doubt = doubtIn(set, action, space, access);
  if (access === 'none') {
    return { action, access: doubt.doubt === undefined ? 'none' : 'unknown', where: [], by: [], ...doubt };
  }
  const cases = casesOf(set, action, space);
  const requests = cases.cases.flatMap(({ example }) =>
    example === undefined
      ? []
      : [{ action, resource: example.resource, context: merged(example.context, space.known) }],
  );
  const [example] = requests;
  return {
    action,
    access,
    where: access === 'full' ? [everything(kind)] : whereOf(cases, kind),
    by: requests.flatMap((request) => allowsOf(set, request)),
    ...(example && { example }),
    ...doubt,
    ...(example === undefined && {
      access: 'unknown',
      doubt: 'the search for a request that it allows was cut off',
    }),
  };
}

const everything = (kind: string | undefined): string => (kind === undefined ? 'always' : `every ${kind}`);

function whereOf(cases: AccessCases, kind: string | undefined): string[] {
  if (!cases.complete) return [`${everything(kind)}, in more cases than can be listed`];
  return accessWords(cases.cases, kind).map((words) => words.replace(/^on /, '') || everything(kind));
}

/** Why there may be more access than the policies certainly give. */
function doubtIn(
  set: CompiledSet,
  action: string,
  space: SearchSpace,
  certain: AccessDegree,
): { readonly doubt?: string } {
  if (set.possible === set || certain === 'full') return {};
  if (accessOf(set.possible, action, space) === certain) return {};
  const [unreadable] = set.unreadable.filter(({ statement }) => mayCover(statement, action));
  return {
    doubt:
      unreadable === undefined
        ? 'nothing but the documentation says that the policies do not allow more'
        : unreadableWords(unreadable),
  };
}

/** The statements that open a request. */
function allowsOf(set: CompiledSet, request: Request): MatchedStatement[] {
  return decide(set, request).matched.filter(
    ({ layer, statement }) => statement.effect === 'Allow' && (layer === 'identity' || layer === 'resource'),
  );
}

/** The same text for the same statement of the same policy. */
function statementIdentity({ layer, policy, statement }: MatchedStatement): string {
  return JSON.stringify([
    layer,
    policy.type,
    policy.arn ?? policy.name,
    policy.group,
    policy.versionId,
    statement.index,
  ]);
}
