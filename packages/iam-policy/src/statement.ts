import { type ActionBits, type ActionTable, compileActionPattern, hasBit } from './actions.ts';
import { compileResource, isLimited, type ResourcePattern } from './arn.ts';
import { type CompiledTest, compileTest, isUndocumented, type Reading } from './condition.ts';
import { operatorOf } from './operators.ts';
import { compilePrincipal, type PrincipalMatch, type PrincipalTest } from './principal.ts';
import type { Layer, MatchedStatement, PolicyDocument, RequestContext, Statement } from './types.ts';

/** Five segments in which a wildcard is at most a `*` at the end: nearly every pattern. */
const PLAINLY_UNLIMITED = /^(?:\*+$|(?:[^:*?$]*\*?:){5})/;

/**
 * A statement, ready to be asked. Actions are resolved at once; resources, conditions and principals only when a
 * request reaches them, since most statements of most policies are about other services.
 */
export class CompiledStatement {
  readonly statement: Statement;
  /** Of the document: before 2012-10-17 there are no policy variables. */
  readonly version: PolicyDocument['version'];
  readonly #reading: Reading;
  #doubtful: boolean | undefined;
  readonly #table: ActionTable;
  readonly #actionBits: ActionBits;
  /** Matches whatever resource is asked for: no resource element, or one with `*`. */
  readonly everyResource: boolean;
  #resources: readonly ResourcePattern[] | undefined;
  #tests: readonly CompiledTest[] | undefined;
  #principal: PrincipalTest | undefined;
  #actionPatterns: readonly ((lowerCaseAction: string) => boolean)[] | undefined;

  constructor(
    statement: Statement,
    version: PolicyDocument['version'],
    table: ActionTable,
    reading: Reading = 'live',
  ) {
    this.statement = statement;
    this.#reading = reading;
    this.version = version;
    this.#table = table;
    this.#actionBits = table.bits(statement.actions, statement.notAction);
    this.everyResource =
      statement.resources === undefined ||
      (!statement.notResource && statement.resources.some((resource) => /^\*+$/.test(resource)));
  }

  /**
   * The patterns of Resource or NotResource; none where the element is absent. A value that can match nothing has no
   * pattern, one that can be read in two ways has two.
   */
  get resources(): readonly ResourcePattern[] {
    const { effect, notResource, resources = [] } = this.statement;
    const loose = this.#reading === 'possible' && (effect === 'Allow') !== notResource;
    this.#resources ??= resources.flatMap((text) => compileResource(text, this.version, loose));
    return this.#resources;
  }

  /** Every test must hold. */
  get tests(): readonly CompiledTest[] {
    const { effect, conditions } = this.statement;
    const place = { version: this.version, effect, reading: this.#reading };
    this.#tests ??= conditions.map((test) => compileTest(test, place));
    return this.#tests;
  }

  /** The statement as another reading takes it; itself where that makes no difference. */
  readAs(reading: Reading): CompiledStatement {
    this.#doubtful ??= this.#isDoubtful();
    const differs = reading === 'simulator' ? this.#isSimulatedOtherwise() : this.#doubtful;
    return differs ? new CompiledStatement(this.statement, this.version, this.#table, reading) : this;
  }

  #isSimulatedOtherwise(): boolean {
    return this.statement.conditions.some((test) => {
      const { comparison, negated } = operatorOf(test);
      return comparison === 'numeric' && negated;
    });
  }

  /** Whether nothing but the documentation says that the statement gives, or takes, no more. */
  #isDoubtful(): boolean {
    const { conditions, resources = [] } = this.statement;
    return (
      conditions.some((test) => isUndocumented(test, { version: this.version })) ||
      resources.some((text) => !PLAINLY_UNLIMITED.test(text) && isLimited(text, this.version))
    );
  }

  matchesAction(action: string): boolean {
    const index = this.#table.indexOf(action);
    if (index !== undefined) return hasBit(this.#actionBits, index);
    this.#actionPatterns ??= this.statement.actions.map(compileActionPattern);
    const lowerCase = action.toLowerCase();
    return this.#actionPatterns.some((matches) => matches(lowerCase)) !== this.statement.notAction;
  }

  /** Whether the statement covers any action of the compiler's table. */
  get matchesTable(): boolean {
    for (const word of this.#actionBits) if (word !== 0) return true;
    return false;
  }

  /** Whether the statement covers the action at this place in the compiler's table. */
  matchesActionAt(index: number): boolean {
    return hasBit(this.#actionBits, index);
  }

  matchesResource(resource: string, context: RequestContext): boolean {
    if (this.everyResource) return true;
    for (const pattern of this.resources)
      if (pattern.matches(resource, context)) return !this.statement.notResource;
    return this.statement.notResource;
  }

  matchesConditions(context: RequestContext): boolean {
    for (const test of this.tests) if (!test.matches(context)) return false;
    return true;
  }

  /** How the statement's principal element covers the one who asks; a statement without one covers everybody. */
  matchesPrincipal(context: RequestContext, bounded: boolean): PrincipalMatch {
    if (this.statement.principals === undefined) return 'direct';
    this.#principal ??= compilePrincipal(this.statement);
    return this.#principal(context, bounded);
  }
}

/** A statement as part of one policy in one layer. */
export interface BoundStatement {
  readonly compiled: CompiledStatement;
  /** What a decision reports when it applies. */
  readonly matched: MatchedStatement;
  /** It stands in no document, and no decision reports it. */
  readonly implied?: true;
}

/** The policies that are judged together: a layer, or one level of the organization's SCPs or RCPs. */
export interface CompiledLayer {
  readonly layer: Layer;
  /** Of SCPs and RCPs: 0 is the organization's root. */
  readonly level?: number;
  readonly statements: readonly BoundStatement[];
}
