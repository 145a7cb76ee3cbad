/** What would refuse a call that was refused once, when what refused it is out of the way. */
import {
  decide,
  type Layer,
  type MatchedStatement,
  PolicyCompiler,
  type PolicySet,
  type PolicySource,
  type Request,
} from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Refusal } from '#lib/report/denial-answer.ts';

/** Policies as they decide about one action. */
export const compiledFor = (action: string, set: PolicySet) =>
  new PolicyCompiler([action], { unreadable: 'keep' }).compileSet(set);

/** What refuses a request, one after another, once a layer allows it that has no Allow of it. */
export function refusedOnceAllowed(
  first: Layer,
  policies: PolicySet,
  request: Request,
  allowing: PolicySource,
): readonly Refusal[] {
  const found: Refusal[] = [];
  const seen = new Set<Layer>();
  let mended = policies;
  for (let layer: Layer | undefined = first; layer !== undefined && !seen.has(layer); ) {
    seen.add(layer);
    mended = allowingIn(layer, mended, allowing);
    const refusal = refusalIn(mended, request);
    if (refusal !== undefined && (refusal.explicit || !seen.has(refusal.layer))) found.push(refusal);
    layer = refusal?.explicit ? undefined : refusal?.layer;
  }
  return found;
}

/** What refuses a request once some Deny statements are gone. */
export function refusedWithout(
  denies: readonly MatchedStatement[],
  policies: PolicySet,
  request: Request,
  allowing: PolicySource,
): readonly Refusal[] {
  const mended = withoutStatements(denies, policies);
  const refusal = refusalIn(mended, request);
  if (refusal === undefined) return [];
  if (refusal.explicit) return [refusal];
  return [refusal, ...refusedOnceAllowed(refusal.layer, mended, request, allowing)];
}

function refusalIn(policies: PolicySet, request: Request): Refusal | undefined {
  const { decision, blockedBy: layer, matched } = decide(compiledFor(request.action, policies), request);
  if (layer === undefined) return undefined;
  const explicit = decision === 'explicitDeny';
  const denies = matched.filter((one) => one.statement.effect === 'Deny' && one.layer === layer);
  return { layer, explicit, ...(explicit && { denies }) };
}

/** The policy of a resource that lets in whoever his own account lets. */
const lettingAnyone: PolicySource = {
  name: 'the policy of the resource',
  type: 'resource',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}',
};

/** Policies in which a layer allows a request. What is on a session is not among an account's documents. */
function allowingIn(layer: Layer, policies: PolicySet, allowing: PolicySource): PolicySet {
  const { scps, endpoints, ...others } = policies;
  switch (layer) {
    case 'identity':
      return { ...policies, identity: [...policies.identity, allowing] };
    case 'boundary':
      return { ...policies, boundary: allowing };
    case 'scp':
      return { ...others, ...(endpoints && { endpoints }) };
    case 'endpoint':
      return { ...others, ...(scps && { scps }) };
    case 'resource':
      return { ...policies, resource: policies.resource ?? lettingAnyone };
    default:
      return policies;
  }
}

/** Policies without some of their statements. */
function withoutStatements(gone: readonly MatchedStatement[], policies: PolicySet): PolicySet {
  const without = (source: PolicySource) => sourceWithout(gone, source);
  const inLevels = (levels: PolicySet['scps']) => levels?.map((level) => level.map(without));
  const { identity, boundary, scps, rcps, endpoints, resource, ...others } = policies;
  return {
    ...others,
    identity: identity.map(without),
    ...(boundary && { boundary: without(boundary) }),
    ...(scps && { scps: inLevels(scps) ?? [] }),
    ...(rcps && { rcps: inLevels(rcps) ?? [] }),
    ...(endpoints && { endpoints: endpoints.map(without) }),
    ...(resource && { resource: without(resource) }),
  };
}

/** A policy without some statements, as far as they are its own. */
export function sourceWithout(gone: readonly MatchedStatement[], source: PolicySource): PolicySource {
  const indexes = gone.flatMap(({ policy, statement }) =>
    policy.name === source.name && policy.text === source.text ? [statement.index] : [],
  );
  return indexes.length === 0 ? source : { ...source, text: withoutIndexes(source.text, indexes) };
}

const document = z.looseObject({ Statement: z.union([z.array(z.unknown()), z.unknown()]) });

/** A document without some of its statements, by their places from 1 on. */
function withoutIndexes(text: string, indexes: readonly number[]): string {
  const read = document.parse(JSON.parse(text));
  const Statement = [read.Statement].flat().filter((_, at) => !indexes.includes(at + 1));
  return JSON.stringify({ ...read, Statement });
}
