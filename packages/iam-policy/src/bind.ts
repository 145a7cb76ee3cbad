import { PolicyError } from './error.ts';
import type { BoundStatement, CompiledLayer, CompiledStatement } from './statement.ts';
import type { Layer, MatchedStatement, PolicySource, UnreadableStatement } from './types.ts';

/** A statement that cannot be read, and the policy that it is in. */
export interface BoundUnreadable {
  readonly policy: PolicySource;
  readonly layer: Layer;
  readonly statement: UnreadableStatement;
}

/** A policy text, compiled; numbered, so that sets of them have short keys. */
export interface CompiledDocument {
  readonly number: number;
  readonly statements: readonly CompiledStatement[];
  /** Of a VPC endpoint's policy: what lets through all that does not come through the endpoint. */
  readonly elsewhere?: CompiledStatement;
  readonly unreadable: readonly {
    readonly statement: UnreadableStatement;
    readonly possible?: CompiledStatement;
  }[];
}

/** The policies of one layer or level, compiled, not yet bound to it. */
export interface LayerPart {
  readonly layer: Layer;
  readonly level?: number;
  readonly documents: readonly { readonly policy: PolicySource; readonly document: CompiledDocument }[];
}

/** Two sets with the same key decide alike and report the same policies. */
export function keyOf(parts: readonly LayerPart[]): string {
  return JSON.stringify(
    parts.map(({ layer, documents }) => [
      layer,
      ...documents.map(({ document: { number }, policy: { name, type, arn, versionId, group } }) => [
        number,
        name,
        type,
        arn,
        versionId,
        group,
      ]),
    ]),
  );
}

/** A layer, with what of it cannot be read, and what that grants at most. */
export interface BoundLayer extends CompiledLayer {
  readonly unreadable: readonly BoundUnreadable[];
  readonly mayGrant: readonly BoundStatement[];
}

export function bind({ layer, level, documents }: LayerPart, keepsUnreadable: boolean): BoundLayer {
  const bound: BoundDocument = { statements: impliedIn(documents, layer), unreadable: [], mayGrant: [] };
  for (const { policy, document } of documents) {
    for (const compiled of document.statements) {
      const problem = lacking(compiled, layer);
      const matched: MatchedStatement = { policy, layer, statement: compiled.statement };
      if (problem === undefined) bound.statements.push({ compiled, matched });
      else if (keepsUnreadable) setAside({ compiled, matched }, problem, bound);
      else throw new PolicyError(problem, compiled.statement.start, policy.name);
    }
    for (const { statement, possible } of document.unreadable) {
      bound.unreadable.push({ policy, layer, statement });
      if (possible)
        bound.mayGrant.push({
          compiled: possible,
          matched: { policy, layer, statement: possible.statement },
        });
    }
  }
  return { layer, ...(level !== undefined && { level }), ...bound };
}

/** What lets through all that does not come through a VPC endpoint. */
function impliedIn(documents: LayerPart['documents'], layer: Layer): BoundStatement[] {
  return documents.flatMap(({ policy, document: { elsewhere } }) =>
    elsewhere === undefined
      ? []
      : [{ compiled: elsewhere, matched: { policy, layer, statement: elsewhere.statement }, implied: true }],
  );
}

interface BoundDocument {
  readonly statements: BoundStatement[];
  readonly unreadable: BoundUnreadable[];
  readonly mayGrant: BoundStatement[];
}

/** Takes a statement that a layer cannot have for one that cannot be read. */
function setAside(bound: BoundStatement, problem: string, { unreadable, mayGrant }: BoundDocument): void {
  const { policy, layer, statement } = bound.matched;
  const { start, end, index, sid, effect, actions, notAction } = statement;
  const about = { index, problem, effect, actions, notAction, partly: false, start, end };
  unreadable.push({ policy, layer, statement: { ...about, ...(sid !== undefined && { sid }) } });
  if (effect === 'Allow') mayGrant.push(bound);
}

/** Resource-based policies and RCPs say whom they are about; all others say on what. */
function lacking({ statement }: CompiledStatement, layer: Layer): string | undefined {
  const aboutPrincipals = layer === 'resource' || layer === 'rcp';
  if (aboutPrincipals && statement.principals === undefined) {
    return `statement ${statement.index} has no Principal`;
  }
  if (!aboutPrincipals && statement.principals !== undefined) {
    return `statement ${statement.index} has a Principal, which this kind of policy cannot have`;
  }
  return layer !== 'resource' && statement.resources === undefined
    ? `statement ${statement.index} has neither Resource nor NotResource`
    : undefined;
}
