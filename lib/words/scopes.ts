import type { MatchedStatement, Request, Statement } from '@permission-check/iam-policy';
import { resourceMatches } from '@permission-check/iam-policy';
import { arnSegments } from '#lib/catalog/resource-arn.ts';
import type { ResourceTypeName } from '#lib/catalog/types.ts';
import { listed } from './labels.ts';

const SHOWN_PATTERNS = 3;

/** Resources of Rekognition as people say them, by their type. */
const resourceKinds = {
  collection: 'collection',
  dataset: 'dataset',
  project: 'project',
  projectversion: 'project version',
  streamprocessor: 'stream processor',
} as const;

/** A type of resource as people say it. */
export const typeWords = (type: ResourceTypeName): string => resourceKinds[type];

/** The kind of resource that a concrete ARN names; `undefined` for `*` and for what Rekognition does not have. */
export function resourceKind(arn: string): string | undefined {
  const path = arnSegments(arn).slice(5).join(':').split('/');
  if (path[0] === 'project' && path[2] === 'version') return resourceKinds.projectversion;
  if (path[0] === 'project' && path[2] === 'dataset') return resourceKinds.dataset;
  if (path[0] === 'project') return resourceKinds.project;
  if (path[0] === 'collection') return resourceKinds.collection;
  return path[0] === 'streamprocessor' ? resourceKinds.streamprocessor : undefined;
}

/** The kind of resource that a pattern can only be about; `undefined` where it may be about several, or about none. */
export function patternKind(pattern: string): string | undefined {
  const first = arnSegments(pattern)[5]?.split('/')[0] ?? '';
  return /[*?$]/.test(first) ? undefined : resourceKind(pattern);
}

/** One pattern in words: the last part of the ARN, or `every collection` where it leaves nothing out. */
export function patternWords(pattern: string, kind: string | undefined): string {
  const every = kind === undefined ? 'every resource' : `every ${kind}`;
  const parts = arnSegments(pattern);
  if (/^\*+$/.test(pattern)) return every;
  if (parts.length < 6) return pattern;
  const region = parts[3] ?? '*';
  const where = /^\*?$/.test(region) ? '' : ` in ${region}`;
  const path = parts.slice(5).join(':');
  if (!/^(\*|rekognition)$/.test(parts[2] ?? '*')) return pattern;
  const named = path.replaceAll(/(?<![^/])(collection|project|streamprocessor|version|dataset)(?=\/)/g, '');
  return /^[*/]+$/.test(named) ? `${every}${where}` : `${path}${where}`;
}

function statementWords(statement: Statement, { resource, context }: Request): string[] {
  const kind = resourceKind(resource);
  const patterns = statement.resources ?? ['*'];
  if (statement.notResource) {
    const excepted = patterns.filter((pattern) => sameKind(pattern, resource));
    const every = patternWords('*', kind);
    if (excepted.length === 0) return [every];
    return [
      `${every} except ${listed(
        excepted.map((pattern) => patternWords(pattern, kind)),
        SHOWN_PATTERNS,
      )}`,
    ];
  }
  const matching = patterns.filter((pattern) => resourceMatches(pattern, resource, context));
  return (matching.length > 0 ? matching : patterns).map(
    (pattern) => `${patternWords(pattern, kind)}${foreignPlace(pattern, resource)}`,
  );
}

/** ` of account 123456789012`, ` of partition aws-cn`: where a pattern is about resources of another than an ARN is. */
function foreignPlace(pattern: string, arn: string): string {
  const [, partition = '', , , account = ''] = arnSegments(pattern);
  const [, ownPartition, , , ownAccount] = arn.split(':');
  const ofPartition = /^[a-z-]+$/.test(partition) && partition !== ownPartition;
  const ofAccount = /^\d{12}$/.test(account) && account !== ownAccount;
  return `${ofAccount ? ` of account ${account}` : ''}${ofPartition ? ` of partition ${partition}` : ''}`;
}

/** Whether a pattern can speak of the same kind of resource as the ARN, judged by the first segment of its path. */
function sameKind(pattern: string, arn: string): boolean {
  const segment = (text: string): string => arnSegments(text)[5]?.split('/')[0] ?? '*';
  return /[*?$]/.test(segment(pattern)) || segment(pattern) === segment(arn);
}

/** Words of a scope that leaves nothing out: `every collection`, not `every collection in eu-west-1`. */
export function isEverything(words: string): boolean {
  return /^every (resource|collection|dataset|project|project version|stream processor)$/.test(words);
}

/** `every resource except collection/shop`, from `every collection except collection/shop`. */
const ofAnyKind = (words: string): string =>
  words.replace(
    /^every (collection|dataset|project|project version|stream processor)(?=$| except )/,
    'every resource',
  );

/**
 * On which resources statements open the requests that they matched, in words: `every collection`,
 * `collection/payroll-* and collection/hr-*`. `undefined` where no resource is involved.
 */
export function scopeWords(
  matches: readonly { readonly by: readonly MatchedStatement[]; readonly request: Request }[],
): string | undefined {
  const words = new Set<string>();
  for (const { by, request } of matches) {
    if (!request.resource.startsWith('arn:')) continue;
    const own = by.flatMap(({ statement }) => statementWords(statement, request));
    // A statement that covers everything makes the narrower ones beside it no difference.
    const every = own.find(isEverything);
    for (const word of every === undefined ? own : [every]) words.add(word);
  }
  if (words.size === 0) return undefined;
  // An action without a resource type is on no kind of resource; "resource" is then true of every action.
  const some = matches.some(({ request }) => !request.resource.startsWith('arn:'));
  const all = some ? [...new Set([...words].map(ofAnyKind))] : [...words];
  return all.length > 1 && all.every(isEverything) ? 'every resource' : listed(all, SHOWN_PATTERNS);
}
