import { ActionTable } from './actions.ts';
import { RecentMap } from './cache.ts';
import { DecisionPlans } from './decision-plan.ts';
import { PolicyError } from './error.ts';
import { parsePolicy } from './parse.ts';
import { CompiledStatement } from './statement.ts';
import type { Layer, MatchedStatement, PolicyDocument, PolicySet, PolicySource } from './types.ts';

/** A statement as part of one policy in one layer. */
export interface BoundStatement {
  readonly compiled: CompiledStatement;
  /** What a decision reports when it applies. */
  readonly matched: MatchedStatement;
}

/** The policies that are judged together: a layer, or one level of the organization's SCPs or RCPs. */
export interface CompiledLayer {
  readonly layer: Layer;
  /** Of SCPs and RCPs: 0 is the organization's root. */
  readonly level?: number;
  readonly statements: readonly BoundStatement[];
}

/** A policy set, ready to be asked; shared by all principals with the same policies. */
export interface CompiledSet {
  /** In the order of evaluation. Absent layers are not in the list; an SCP level without policies is. */
  readonly layers: readonly CompiledLayer[];
  readonly bounded: boolean;
  readonly plans: DecisionPlans;
}

interface CompiledDocument {
  readonly document: PolicyDocument;
  readonly statements: readonly CompiledStatement[];
}

const REMEMBERED = 20_000;

/**
 * Compiles each distinct policy text once and each distinct policy set once. The actions are those that will be asked
 * about; others may be asked, only slower.
 */
export class PolicyCompiler {
  readonly #table: ActionTable;
  readonly #documents = new RecentMap<CompiledDocument>(REMEMBERED);
  readonly #sets = new RecentMap<CompiledSet>(REMEMBERED);

  constructor(actions: readonly string[]) {
    this.#table = new ActionTable(actions);
  }

  /** @throws {PolicyError} naming the policy, line and column */
  compileSet(set: PolicySet): CompiledSet {
    return this.#sets.getOrCreate(setKey(set), () => {
      const layers = this.#layers(set);
      const bounded = set.boundary !== undefined;
      return { layers, bounded, plans: new DecisionPlans(layers, bounded, this.#table) };
    });
  }

  #layers(set: PolicySet): CompiledLayer[] {
    const { rcps = [], scps = [], resource, identity, boundary, session } = set;
    return [
      ...rcps.map((policies, level) => this.#layer('rcp', policies, level)),
      ...scps.map((policies, level) => this.#layer('scp', policies, level)),
      ...(resource === undefined ? [] : [this.#layer('resource', [resource])]),
      this.#layer('identity', identity),
      ...(boundary === undefined ? [] : [this.#layer('boundary', [boundary])]),
      ...(session === undefined ? [] : [this.#layer('session', session)]),
    ];
  }

  #layer(layer: Layer, policies: readonly PolicySource[], level?: number): CompiledLayer {
    const statements = policies.flatMap((policy) =>
      this.#document(policy).statements.map((compiled) => {
        demandElements(compiled, layer, policy);
        return { compiled, matched: { policy, layer, statement: compiled.statement } };
      }),
    );
    return { layer, ...(level !== undefined && { level }), statements };
  }

  #document({ name, text }: PolicySource): CompiledDocument {
    try {
      return this.#documents.getOrCreate(text, () => {
        const document = parsePolicy(text);
        return {
          document,
          statements: document.statements.map(
            (statement) => new CompiledStatement(statement, document.version, this.#table),
          ),
        };
      });
    } catch (error) {
      throw error instanceof PolicyError ? error.of(name) : error;
    }
  }
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

/** Two sets with the same key decide alike and report the same policies. */
function setKey(set: PolicySet): string {
  return JSON.stringify([set.identity, set.boundary, set.scps, set.rcps, set.session, set.resource]);
}
