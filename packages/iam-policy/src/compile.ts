import { ActionTable } from './actions.ts';
import { RecentMap } from './cache.ts';
import { DecisionPlans } from './decision-plan.ts';
import { PolicyError } from './error.ts';
import { parsePolicy } from './parse.ts';
import { type BoundStatement, type CompiledLayer, CompiledStatement } from './statement.ts';
import type { Layer, PolicySet, PolicySource } from './types.ts';

export type { BoundStatement, CompiledLayer } from './statement.ts';

/** A policy set, ready to be asked; shared by all principals with the same policies. */
export interface CompiledSet {
  /** In the order of evaluation. Absent layers are not in the list; an SCP level without policies is. */
  readonly layers: readonly CompiledLayer[];
  readonly bounded: boolean;
  readonly plans: DecisionPlans;
}

/** A policy text, compiled; numbered, so that sets of them have short keys. */
interface CompiledDocument {
  readonly number: number;
  readonly statements: readonly CompiledStatement[];
}

/** More than the policies that an account shares among its principals; twice as many are kept at most. */
const REMEMBERED = 2_500;

/**
 * Compiles each distinct policy text once and each distinct policy set once. The actions are those that will be asked
 * about; others may be asked, only slower.
 */
export class PolicyCompiler {
  readonly #table: ActionTable;
  readonly #documents = new RecentMap<CompiledDocument>(REMEMBERED);
  readonly #sets = new RecentMap<CompiledSet>(REMEMBERED);
  #documentsSeen = 0;

  constructor(actions: readonly string[]) {
    this.#table = new ActionTable(actions);
  }

  /** @throws {PolicyError} naming the policy, line and column */
  compileSet(set: PolicySet): CompiledSet {
    const { rcps = [], scps = [], resource, identity, boundary, session = [] } = set;
    const parts: readonly LayerPart[] = [
      ...rcps.map((policies, level) => this.#part('rcp', policies, level)),
      ...scps.map((policies, level) => this.#part('scp', policies, level)),
      ...(resource === undefined ? [] : [this.#part('resource', [resource])]),
      this.#part('identity', identity),
      ...(boundary === undefined ? [] : [this.#part('boundary', [boundary])]),
      ...(session.length === 0 ? [] : [this.#part('session', session)]),
    ];
    return this.#sets.getOrCreate(keyOf(parts), () => {
      const layers = parts.map(bind);
      const bounded = boundary !== undefined;
      return { layers, bounded, plans: new DecisionPlans(layers, bounded, this.#table) };
    });
  }

  #part(layer: Layer, policies: readonly PolicySource[], level?: number): LayerPart {
    const documents = policies.map((policy) => ({ policy, document: this.#document(policy) }));
    return { layer, ...(level !== undefined && { level }), documents };
  }

  #document({ name, text }: PolicySource): CompiledDocument {
    try {
      return this.#documents.getOrCreate(text, () => {
        const { version, statements } = parsePolicy(text);
        this.#documentsSeen += 1;
        return {
          number: this.#documentsSeen,
          statements: statements.map((statement) => new CompiledStatement(statement, version, this.#table)),
        };
      });
    } catch (error) {
      throw error instanceof PolicyError ? error.of(name) : error;
    }
  }
}

/** The policies of one layer or level, compiled, not yet bound to it. */
interface LayerPart {
  readonly layer: Layer;
  readonly level?: number;
  readonly documents: readonly { readonly policy: PolicySource; readonly document: CompiledDocument }[];
}

/** Two sets with the same key decide alike and report the same policies. */
function keyOf(parts: readonly LayerPart[]): string {
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

function bind({ layer, level, documents }: LayerPart): CompiledLayer {
  const statements = documents.flatMap(({ policy, document }) =>
    document.statements.map((compiled): BoundStatement => {
      demandElements(compiled, layer, policy);
      return { compiled, matched: { policy, layer, statement: compiled.statement } };
    }),
  );
  return { layer, ...(level !== undefined && { level }), statements };
}

/** Resource-based policies and RCPs say whom they are about; all others say on what. */
function demandElements({ statement }: CompiledStatement, layer: Layer, { name }: PolicySource): void {
  const aboutPrincipals = layer === 'resource' || layer === 'rcp';
  if (aboutPrincipals && statement.principals === undefined) {
    throw new PolicyError(`statement ${statement.index} has no Principal`, statement.start, name);
  }
  if (!aboutPrincipals && statement.principals !== undefined) {
    throw new PolicyError(
      `statement ${statement.index} has a Principal, which this kind of policy cannot have`,
      statement.start,
      name,
    );
  }
  if (layer !== 'resource' && statement.resources === undefined) {
    throw new PolicyError(
      `statement ${statement.index} has neither Resource nor NotResource`,
      statement.start,
      name,
    );
  }
}
