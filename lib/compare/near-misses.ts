import type { CompiledSet, MatchedStatement } from '@permission-check/iam-policy';
import { actions as allActions } from '#lib/catalog/actions.ts';
import { nearest } from '#lib/catalog/did-you-mean.ts';
import { arnSegments } from '#lib/catalog/resource-arn.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { actionName, policyLabel, statementPlace } from '#lib/words/labels.ts';
import { patternKind } from '#lib/words/scopes.ts';
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
const placeOf = (matched: MatchedStatement) => `${statementPlace(matched)} of ${policyLabel(matched.policy)}`;

/** An action without a resource type is only ever judged on `*`. */
const withoutResourceType: Find = (matched, { entry, resource, named }) => {
  const { resources = ['*'], notResource } = matched.statement;
  if (!named || notResource || resource !== '*' || entry.resourceTypes.length > 0) return undefined;
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
    const account = arnSegments(pattern)[4];
    return account !== undefined && /^\d{12}$/.test(account) && account !== home;
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
  return {
    why: `${placeOf(matched)} names ${entry.name} only on resources of account ${arnSegments(other)[4]}, and this is account ${home}`,
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

/** An action's name written wrong. IAM stores it, and it allows nothing. */
const misspelt: Find = (matched, { entry }) => {
  const { actions, notAction } = matched.statement;
  if (notAction) return undefined;
  const wrong = actions.find((pattern) => {
    const name = /^rekognition:([A-Za-z]+)$/i.exec(pattern)?.[1];
    const known = name === undefined || names.some((one) => one.toLowerCase() === name.toLowerCase());
    return !known && nearest(name, names) === entry.name;
  });
  if (wrong === undefined) return undefined;
  return {
    why: `${placeOf(matched)} names ${actionName(wrong)}, which is no action: did you mean ${entry.name}?`,
    remedy: `Write ${entry.name} for ${actionName(wrong)} in ${placeOf(matched)}.`,
  };
};

const finds: readonly Find[] = [withoutResourceType, otherAccount, withoutTimestamp, misspelt];

/** The identity-based statement that was to allow a request which no policy allows, and what is wrong with it. */
export function nearMissIn(set: CompiledSet): (judged: JudgedRequest) => NearMiss | undefined {
  const allows = set.layers
    .filter(({ layer }) => layer === 'identity')
    .flatMap(({ statements }) => statements)
    .filter(({ matched }) => matched.statement.effect === 'Allow');
  return ({ request, entry }) => {
    if (entry === undefined) return undefined;
    for (const { compiled, matched } of allows) {
      const about = { entry, resource: request.resource, named: compiled.matchesAction(request.action) };
      for (const find of finds) {
        const found = find(matched, about);
        if (found !== undefined) return { statement: matched, ...found };
      }
    }
    return undefined;
  };
}
