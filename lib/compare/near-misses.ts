import {
  type CompiledSet,
  type Layer,
  type MatchedStatement,
  wildcardTest,
} from '@permission-check/iam-policy';
import { actions as allActions } from '#lib/catalog/actions.ts';
import { nearest } from '#lib/catalog/did-you-mean.ts';
import { arnSegments, canNameType } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { policyLabel, statementPlace } from '#lib/words/labels.ts';
import { patternKind, typeWords } from '#lib/words/scopes.ts';
import type { JudgedRequest } from './criteria.ts';

/** An Allow statement that nearly allows what is missing: usually the mistake itself. */
export interface NearMiss {
  readonly statement: MatchedStatement;
  /** What is wrong with it, as the rest of a sentence about the action. */
  readonly why: string;
  readonly remedy: string;
}

type Find = (statement: MatchedStatement, about: About) => Pick<NearMiss, 'why' | 'remedy'> | undefined;

interface About {
  readonly entry: CatalogAction;
  readonly resource: string;
  /** Whether the statement's actions match the missing one. */
  readonly named: boolean;
}

const names = allActions.map(({ name }) => name);

/** `statement 1 (line 4) of inline policy "p"` */
const placeOf = (matched: MatchedStatement) =>
  `${statementPlace(matched)} of ${matched.layer === 'boundary' ? 'the permissions boundary ' : ''}${policyLabel(matched.policy)}`;

/** An action without a resource type is only ever judged on `*`. */
const withoutResourceType: Find = (matched, { entry, resource, named }) => {
  const { resources = ['*'], notResource } = matched.statement;
  if (!named || notResource || resource !== '*' || entry.resourceTypes.length > 0) return undefined;
  // Something else is wrong with it: a condition that does not hold.
  if (resources.some((pattern) => wildcardTest(pattern)('*'))) return undefined;
  const kind = patternKind(resources[0] ?? '*');
  return {
    why: `${placeOf(matched)} names ${entry.name} only on ${kind === undefined ? resources.join(', ') : `a ${kind}`}: it has no resource type and needs Resource "*"`,
    remedy: `Give ${entry.name} a statement of its own with Resource "*" beside ${placeOf(matched)}.`,
  };
};

/** ARNs of another account, as examples of the documentation have them. */
const otherAccount: Find = (matched, { entry, resource, named }) => {
  const { resources = ['*'], notResource } = matched.statement;
  const home = resource.split(':')[4];
  const others = resources.filter((pattern) => {
    const [, , service = '*', , account = '*'] = arnSegments(pattern);
    return wildcardTest(service)('rekognition') && !/[*?$]/.test(account) && account !== home;
  });
  const [other] = others;
  if (
    !named ||
    notResource ||
    home === undefined ||
    other === undefined ||
    others.length < resources.length
  ) {
    return undefined;
  }
  const account = arnSegments(other)[4] ?? '';
  const whose = account === '' ? 'without an account' : `of account ${account}`;
  return {
    why: `${placeOf(matched)} names ${entry.name} only on resources ${whose}, and this is account ${home}`,
    remedy: `Write account ${home} into the ARNs of ${placeOf(matched)}.`,
  };
};

/** ARNs of projects, their versions and datasets end in the time of their creation. */
const withoutTimestamp: Find = (matched, { entry, resource, named }) => {
  const { resources = ['*'], notResource } = matched.statement;
  const lacking = resources.filter((pattern) =>
    /^project\/[^/*?]+(\/(version|dataset)\/[^/*?]+)?$/.test(arnSegments(pattern).slice(5).join(':')),
  );
  const [first] = lacking;
  if (!named || notResource || first === undefined || !resource.includes(':project/')) return undefined;
  return {
    why: `${placeOf(matched)} names ${entry.name} on an ARN that lacks the time of creation at its end, so it matches no ${patternKind(first) ?? 'project'}`,
    remedy: `Write ${first}/* in ${placeOf(matched)}.`,
  };
};

/** Whether a pattern can name a resource of Rekognition: its service may be mistyped, or another. */
const isOurs = (pattern: string) => wildcardTest(arnSegments(pattern)[2] ?? '*')('rekognition');

/** An action on a type of resource that no call of it is judged on, or on one of another service. */
const otherType: Find = (matched, { entry, named }) => {
  const { resources = ['*'], notResource } = matched.statement;
  const types = entry.resourceTypes.map(({ name }) => name);
  if (!named || notResource || types.length === 0) return undefined;
  const canBeJudgedOn = (pattern: string) =>
    pattern.includes('${') || (isOurs(pattern) && types.some((type) => canNameType(type, pattern)));
  if (resources.some(canBeJudgedOn)) return undefined;
  const [first = '*'] = resources;
  const kind = isOurs(first) ? patternKind(first) : undefined;
  const judgedOn = types.map((type) => `a ${typeWords(type)}`);
  // With one type that a call need not name, other calls are judged on no resource.
  const onNone = types.length === 1 && entry.resourceTypes[0]?.required === false;
  const arns = `the ARN of ${new Intl.ListFormat('en', { type: 'disjunction' }).format(judgedOn)}`;
  const right = onNone ? `${arns}, or Resource "*"` : arns;
  return {
    why: `${placeOf(matched)} names ${entry.name} only on ${kind === undefined ? resources.join(', ') : `a ${kind}`}: it needs ${right}`,
    remedy: `Give ${entry.name} a statement of its own with ${right} beside ${placeOf(matched)}.`,
  };
};

/** An action's name, or its service, written wrong. IAM stores it, and it allows nothing. */
const misspelt: Find = (matched, { entry }) => {
  const { actions, notAction } = matched.statement;
  if (notAction) return undefined;
  for (const pattern of actions) {
    const [service = '', name = ''] = pattern.split(':');
    const ours = /^rekognition$/i.test(service);
    if (ours ? !isMeantFor(name, entry) : !isOtherServiceFor(service, name, entry)) continue;
    const [wrong, right, what] = ours
      ? [name, entry.name, 'action']
      : [pattern, entry.action, 'action of any service'];
    return {
      why: `${placeOf(matched)} names ${wrong}, which is no ${what}: did you mean ${right}?`,
      remedy: `Write ${right} for ${wrong} in ${placeOf(matched)}.`,
    };
  }
  return undefined;
};

/** Whether a name that no action has was to be that of an action: as it is, as the CLI or an SDK writes it, or cut. */
function isMeantFor(written: string, { name }: CatalogAction): boolean {
  const test = wildcardTest(written.toLowerCase());
  if (names.some((one) => test(one.toLowerCase()))) return false;
  const word = written.replaceAll(/[-_]/g, '').replace(/Command$/, '');
  if (!word.endsWith('*')) return nearest(word, names) === name;
  const length = word.length - 1;
  return nearest(word.slice(0, -1), [name.slice(0, length), name.slice(0, length + 1)]) !== undefined;
}

/** Whether an action of a service that is nearly called like Rekognition was to be one of its own. */
function isOtherServiceFor(service: string, name: string, entry: CatalogAction): boolean {
  return (
    (nearest(service, ['rekognition']) !== undefined || /rekognition/i.test(service)) &&
    wildcardTest(name.toLowerCase())(entry.name.toLowerCase())
  );
}

const finds: readonly Find[] = [withoutResourceType, withoutTimestamp, otherType, otherAccount, misspelt];

/** Mistakes by which a statement is about nothing, or not about what it names, whatever else it says. */
const idle: readonly Find[] = [withoutResourceType, withoutTimestamp, otherType, misspelt];

/**
 * What is wrong with the Deny statements that were to deny a request and are about something else, as sentences: a mistake in
 * a Deny is silent, too, and leaves open what it was to close.
 */
export function idleDeniesIn(
  set: CompiledSet,
): (judged: Pick<JudgedRequest, 'request' | 'entry'>) => readonly string[] {
  const denies = set.layers.flatMap(({ statements }) =>
    statements.filter(({ matched, implied }) => matched.statement.effect === 'Deny' && !implied),
  );
  return ({ request, entry }) => {
    if (entry === undefined) return [];
    return denies.flatMap(({ matched }) => {
      const { actions, notAction } = matched.statement;
      // One that names more by a wildcard may mean the others.
      const named = !notAction && actions.some((one) => one.toLowerCase() === entry.action.toLowerCase());
      const about = { entry, resource: request.resource, named };
      const found = idle.map((find) => find(matched, about)).find((one) => one !== undefined);
      return found === undefined
        ? []
        : [`A Deny misses it: ${found.why}${found.why.endsWith('?') ? '' : '.'}`];
    });
  };
}

/** The statement of a layer that was to allow a request which no policy of it allows, and what is wrong with it. */
export function nearMissIn(
  set: CompiledSet,
): (judged: Pick<JudgedRequest, 'request' | 'entry'>, layer: Layer) => NearMiss | undefined {
  const allows = set.layers.flatMap(({ layer, statements }) =>
    statements
      .filter(({ matched, implied }) => matched.statement.effect === 'Allow' && !implied)
      .map((statement) => ({ layer, ...statement })),
  );
  return ({ request, entry }, blocking) => {
    if (entry === undefined) return undefined;
    for (const { compiled, matched, layer } of allows) {
      if (layer !== blocking) continue;
      const about = { entry, resource: request.resource, named: compiled.matchesAction(request.action) };
      for (const find of finds) {
        const found = find(matched, about);
        if (found !== undefined) return { statement: matched, ...found };
      }
    }
    return undefined;
  };
}
