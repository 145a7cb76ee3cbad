import { ActionTable } from './actions.ts';
import { RecentMap } from './cache.ts';
import type { Reading } from './condition.ts';
import { DecisionPlans } from './decision-plan.ts';
import { PolicyError } from './error.ts';
import { parsePolicy, readPolicy } from './parse.ts';
import { type BoundStatement, type CompiledLayer, CompiledStatement } from './statement.ts';
import type {
  Layer,
  MatchedStatement,
  PolicySet,
  PolicySource,
  ReadDocument,
  Statement,
  UnreadableStatement,
} from './types.ts';

export type { BoundStatement, CompiledLayer } from './statement.ts';

/** A statement that cannot be read, and the policy that it is in. */
export interface BoundUnreadable {
  readonly policy: PolicySource;
  readonly layer: Layer;
  readonly statement: UnreadableStatement;
}

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

/** A policy text, compiled; numbered, so that sets of them have short keys. */
interface CompiledDocument {
  readonly number: number;
  readonly statements: readonly CompiledStatement[];
  readonly unreadable: readonly {
    readonly statement: UnreadableStatement;
    readonly possible?: CompiledStatement;
  }[];
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
    const { rcps = [], scps = [], resource, identity, boundary, session = [] } = set;
    const parts: readonly LayerPart[] = [
      ...rcps.map((policies, level) => this.#part('rcp', policies, level)),
      ...scps.map((policies, level) => this.#part('scp', policies, level)),
      ...(resource === undefined ? [] : [this.#part('resource', [resource])]),
      this.#part('identity', identity),
      ...(boundary === undefined ? [] : [this.#part('boundary', [boundary])]),
      ...(session.length === 0 ? [] : [this.#part('session', session)]),
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

  #document({ name, text }: PolicySource): CompiledDocument {
    try {
      return this.#documents.getOrCreate(text, () => this.#compile(text));
    } catch (error) {
      throw error instanceof PolicyError ? error.of(name) : error;
    }
  }

  #compile(text: string): CompiledDocument {
    const document = this.#keepsUnreadable
      ? readWhatCanBeRead(text)
      : { ...parsePolicy(text), unreadable: [] };
    const { version, statements, unreadable } = document;
    this.#documentsSeen += 1;
    return {
      number: this.#documentsSeen,
      statements: statements.map((statement) => new CompiledStatement(statement, version, this.#table)),
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

/** A layer, with what of it cannot be read, and what that grants at most. */
interface BoundLayer extends CompiledLayer {
  readonly unreadable: readonly BoundUnreadable[];
  readonly mayGrant: readonly BoundStatement[];
}

function bind({ layer, level, documents }: LayerPart, keepsUnreadable: boolean): BoundLayer {
  const bound: BoundDocument = { statements: [], unreadable: [], mayGrant: [] };
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
    let differs = false;
    const layers = this.layers.map((layer): BoundLayer => {
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
