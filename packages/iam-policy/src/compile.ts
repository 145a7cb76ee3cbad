import { ActionTable } from './actions.ts';
import {
  type BoundLayer,
  type BoundUnreadable,
  bind,
  type CompiledDocument,
  keyOf,
  type LayerPart,
} from './bind.ts';
import { RecentMap } from './cache.ts';
import type { Reading } from './condition.ts';
import { DecisionPlans } from './decision-plan.ts';
import { endpointLevel, letsEverythingThrough } from './endpoint.ts';
import { PolicyError } from './error.ts';
import { parsePolicy, readPolicy } from './parse.ts';
import { type BoundStatement, type CompiledLayer, CompiledStatement } from './statement.ts';
import type {
  Layer,
  PolicySet,
  PolicySource,
  ReadDocument,
  Statement,
  UnreadableStatement,
} from './types.ts';

export type { BoundUnreadable } from './bind.ts';
export type { BoundStatement, CompiledLayer } from './statement.ts';

/** A policy set, ready to be asked; shared by all principals with the same policies. */
export interface CompiledSet {
  /** In the order of evaluation. Absent layers are not in the list; an SCP level without policies is. */
  readonly layers: readonly CompiledLayer[];
  readonly bounded: boolean;
  readonly plans: DecisionPlans;
  /** Statements that decide nothing here, since they cannot be read; what they might grant is in `possible`. */
  readonly unreadable: readonly BoundUnreadable[];
  /** The set as AWS's simulator takes it; the set itself where that is the same. */
  readonly simulated: CompiledSet;
  /** Whatever the set may allow, where some of it is in doubt; the set itself where nothing is. */
  readonly possible: CompiledSet;
}

export interface CompilerOptions {
  /**
   * Statements and documents that cannot be read: `refuse` throws an error, `keep` judges the rest of the policies and
   * lists them as `unreadable`. Default: `refuse`.
   */
  readonly unreadable?: 'refuse' | 'keep';
}

/** More than the policies that an account shares among its principals; twice as many are kept at most. */
const REMEMBERED = 2_500;

/**
 * Compiles each distinct policy text once and each distinct policy set once. The actions are those that will be asked
 * about; others may be asked, only slower.
 */
export class PolicyCompiler {
  readonly #table: ActionTable;
  readonly #keepsUnreadable: boolean;
  readonly #documents = new RecentMap<CompiledDocument>(REMEMBERED);
  readonly #sets = new RecentMap<CompiledSet>(REMEMBERED);
  #documentsSeen = 0;

  constructor(actions: readonly string[], { unreadable = 'refuse' }: CompilerOptions = {}) {
    this.#table = new ActionTable(actions);
    this.#keepsUnreadable = unreadable === 'keep';
  }

  /** @throws {PolicyError} naming the policy, line and column, where nothing unreadable is kept */
  compileSet(set: PolicySet): CompiledSet {
    const { rcps = [], scps = [], endpoints = [], resource, identity, boundary, session = [] } = set;
    const parts: readonly LayerPart[] = [
      ...rcps.map((policies, level) => this.#part('rcp', policies, level)),
      ...scps.map((policies, level) => this.#part('scp', policies, level)),
      ...(resource === undefined ? [] : [this.#part('resource', [resource])]),
      this.#part('identity', identity),
      ...(boundary === undefined ? [] : [this.#part('boundary', [boundary])]),
      ...(session.length === 0 ? [] : [this.#part('session', session)]),
      ...endpoints.flatMap((policy) => this.#endpointPart(policy)),
    ];
    return this.#sets.getOrCreate(
      keyOf(parts),
      () =>
        new PolicySetCompiled(
          parts.map((part) => bind(part, this.#keepsUnreadable)),
          boundary !== undefined,
          this.#table,
        ),
    );
  }

  #part(layer: Layer, policies: readonly PolicySource[], level?: number): LayerPart {
    const documents = policies.map((policy) => ({ policy, document: this.#document(policy) }));
    return { layer, ...(level !== undefined && { level }), documents };
  }

  /** None where the policy lets everything through. */
  #endpointPart(policy: PolicySource): readonly LayerPart[] {
    const part = this.#part('endpoint', [policy]);
    return part.documents.every(({ document }) => document.elsewhere === undefined) ? [] : [part];
  }

  #document({ name, text, type }: PolicySource): CompiledDocument {
    const endpoint = type === 'endpoint' ? name : undefined;
    try {
      return this.#documents.getOrCreate(endpoint === undefined ? text : `${endpoint} ${text}`, () =>
        this.#compile(text, endpoint),
      );
    } catch (error) {
      throw error instanceof PolicyError ? error.of(name) : error;
    }
  }

  #compile(text: string, endpoint: string | undefined): CompiledDocument {
    const document = this.#keepsUnreadable
      ? readWhatCanBeRead(text)
      : { ...parsePolicy(text), unreadable: [] };
    const { version, unreadable } = document;
    const binds = endpoint !== undefined && (unreadable.length > 0 || !letsEverythingThrough(document));
    const level = binds ? endpointLevel(endpoint, document) : undefined;
    const { statements } = level ?? document;
    const compiled = (statement: Statement) => new CompiledStatement(statement, version, this.#table);
    this.#documentsSeen += 1;
    return {
      number: this.#documentsSeen,
      statements: statements.map(compiled),
      ...(level && { elsewhere: compiled(level.elsewhere) }),
      unreadable: unreadable.map((statement) => ({
        statement,
        ...(statement.effect !== 'Deny' && {
          possible: new CompiledStatement(mostOf(statement), version, this.#table),
        }),
      })),
    };
  }
}

/** One policy text is read once for all compilers. */
const read = new RecentMap<ReadDocument>(REMEMBERED);

function readWhatCanBeRead(text: string): ReadDocument {
  return read.getOrCreate(text, () => readOnce(text));
}

function readOnce(text: string): ReadDocument {
  try {
    return readPolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { problem, line, column } = error;
    const place = { line, column };
    const everything = { actions: ['*'], notAction: false, partly: false };
    const whole: UnreadableStatement = { index: 0, problem, ...everything, start: place, end: place };
    return { version: '2012-10-17', statements: [], unreadable: [whole] };
  }
}

/** What an unreadable statement grants at most. */
function mostOf({ index, sid, actions, notAction, start, end }: UnreadableStatement): Statement {
  return {
    index,
    ...(sid !== undefined && { sid }),
    effect: 'Allow',
    actions,
    notAction,
    resources: ['*'],
    notResource: false,
    conditions: [],
    start,
    end,
  };
}

class PolicySetCompiled implements CompiledSet {
  readonly layers: readonly BoundLayer[];
  readonly bounded: boolean;
  readonly plans: DecisionPlans;
  readonly unreadable: readonly BoundUnreadable[];
  readonly #table: ActionTable;
  #simulated: CompiledSet | undefined;
  #possible: CompiledSet | undefined;

  constructor(layers: readonly BoundLayer[], bounded: boolean, table: ActionTable) {
    this.layers = layers;
    this.bounded = bounded;
    this.plans = new DecisionPlans(layers, bounded, table);
    this.unreadable = layers.flatMap(({ unreadable }) => unreadable);
    this.#table = table;
  }

  get simulated(): CompiledSet {
    this.#simulated ??= this.#readAs('simulator', ({ statements }) => statements);
    return this.#simulated;
  }

  get possible(): CompiledSet {
    this.#possible ??= this.#readAs('possible', ({ statements, unreadable, mayGrant }) => {
      if (unreadable.length === 0) return statements;
      // A Deny of which a part cannot be read may except what is asked.
      const doubtful = new Set(
        unreadable.map(({ policy, statement }) => `${statement.index} ${policy.name}`),
      );
      const certain = statements.filter(
        ({ compiled: { statement }, matched: { policy } }) =>
          statement.effect === 'Allow' || !doubtful.has(`${statement.index} ${policy.name}`),
      );
      return [...certain, ...mayGrant];
    });
    return this.#possible;
  }

  #readAs(reading: Reading, statementsOf: (layer: BoundLayer) => readonly BoundStatement[]): CompiledSet {
    // The simulator knows no VPC endpoints.
    const seen =
      reading === 'simulator' ? this.layers.filter(({ layer }) => layer !== 'endpoint') : this.layers;
    let differs = seen.length < this.layers.length;
    const layers = seen.map((layer): BoundLayer => {
      const chosen = statementsOf(layer);
      const statements = chosen.map((bound): BoundStatement => {
        const compiled = bound.compiled.readAs(reading);
        return compiled === bound.compiled ? bound : { ...bound, compiled };
      });
      differs ||= chosen !== layer.statements || statements.some((bound, index) => bound !== chosen[index]);
      return { ...layer, statements, unreadable: [], mayGrant: [] };
    });
    return differs ? new PolicySetCompiled(layers, this.bounded, this.#table) : this;
  }
}
