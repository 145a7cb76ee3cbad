import type { MatchedStatement, PolicySource, Request, RequestContext } from '@permission-check/iam-policy';
import { contextValue } from '@permission-check/iam-policy';
import type { Evidence, StatementPointer } from '#lib/observe/types.ts';
import type { ShownWay } from '#lib/reach/words.ts';
import type { AccessDegree, ActionAccess } from './access.ts';
import { Table } from './table.ts';
import type { AccessBySide } from './types.ts';

/** A policy by name. A report is no dump of policies: it holds their texts where they are asked for. */
export interface JsonPolicy {
  readonly name: string;
  readonly type: string;
  readonly arn?: string;
  readonly version?: string;
  /** The group through which a user has the policy. */
  readonly group?: string;
  /** Where it was asked for, and is not too long to be read. */
  readonly text?: string;
}

/** A statement by its place in a policy. */
export interface JsonStatement {
  /** Place in the report's `policies`. */
  readonly policy: number;
  readonly layer: string;
  readonly effect: 'Allow' | 'Deny';
  /** Counted from 1. */
  readonly statement: number;
  readonly sid?: string;
  readonly line: number;
  readonly column: number;
  /** Its last line, where the policy has its text. */
  readonly endLine?: number;
}

/** What one source said of one request; `statements` are places in the report's `statements`. */
export interface JsonAnswer extends Omit<Evidence, 'matched' | 'pointers'> {
  readonly statements?: readonly number[];
  readonly pointers?: readonly StatementPointer[];
}

/** A request that shows a finding, and what was answered. Its time of day is left out where it is that of the run. */
export interface JsonWitness extends Request {
  /** Places in the report's `answers`. */
  readonly answers: readonly number[];
}

/** Actions to which the access is the same; those to which there is none are in no group. */
export interface JsonAccessGroup {
  readonly access: Exclude<AccessDegree, 'none'>;
  /** Places in `access.actions`. */
  readonly actions: readonly number[];
  /** On which resources and when, in words; absent where the access is full. */
  readonly where?: readonly string[];
  /** Why there may be more. */
  readonly doubt?: string;
  /** The statements that open it: places in the report's `statements`. */
  readonly by?: readonly number[];
}

/** What principals should be able to do, and what their policies let them do. */
export interface JsonAccessRow {
  /** Absent: nobody judges it. */
  readonly expected?: readonly JsonAccessGroup[];
  readonly observed: readonly JsonAccessGroup[];
}

/** Characters of a policy's text; AWS stores at most a tenth of it for a policy of one's own. */
const LONGEST_TEXT = 60_000;

const timeKeys = ['aws:CurrentTime', 'aws:EpochTime'];

/** What the findings of a report share: each policy, statement, witness and answer once. */
export class JsonTables {
  readonly #policies = new Table<JsonPolicy>();
  readonly #statements = new Table<JsonStatement>();
  readonly #witnesses = new Table<JsonWitness>();
  readonly #answers = new Table<JsonAnswer>();
  readonly #actionLists = new Table<readonly string[]>();
  readonly #reach = new Table<readonly [words: string, ways: readonly ShownWay[]]>();
  readonly #accesses = new Table<JsonAccessRow>();
  readonly #ofAccess = new Map<AccessBySide, number>();
  readonly #normal: RequestContext;
  readonly #texts: boolean;
  readonly #ofPolicy = new WeakMap<PolicySource, number>();
  // Findings of principals that share their policies share these objects, too.
  readonly #contexts = new WeakMap<RequestContext, RequestContext>();
  readonly #ofEvidence = new WeakMap<Evidence, number>();

  /**
   * @param normal the context of the team's normal request
   * @param texts whether policies have their texts
   */
  constructor(normal: RequestContext = {}, texts = false) {
    this.#normal = normal;
    this.#texts = texts;
  }

  get tables() {
    return {
      policies: this.#policies.entries,
      statements: this.#statements.entries,
      witnesses: this.#witnesses.entries,
      answers: this.#answers.entries,
      actionLists: this.#actionLists.entries,
      reach: this.#reach.entries.map(([words]) => words),
      waysIn: this.#reach.entries.map(([, ways]) => ways),
    };
  }

  /** The distinct rows of access, which principals refer to. */
  get accessRows(): readonly JsonAccessRow[] {
    return this.#accesses.entries;
  }

  actionList(actions: readonly string[]): number {
    return this.#actionLists.placeOf(actions);
  }

  /** @param words who can act as a principal */
  reach(words: string, ways: readonly ShownWay[]): number {
    return this.#reach.placeOf([words, ways]);
  }

  access(access: AccessBySide): number {
    const known = this.#ofAccess.get(access);
    if (known !== undefined) return known;
    const { expected, observed } = access;
    const place = this.#accesses.placeOf({
      ...(expected === undefined ? {} : { expected: this.#groups(expected, false) }),
      observed: this.#groups(observed, true),
    });
    this.#ofAccess.set(access, place);
    return place;
  }

  #groups(actions: readonly ActionAccess[], withStatements: boolean): JsonAccessGroup[] {
    const groups = new Map<string, { group: Omit<JsonAccessGroup, 'actions'>; actions: number[] }>();
    for (const [place, { access, where, doubt, by }] of actions.entries()) {
      if (access === 'none') continue;
      const group = {
        access,
        ...(access === 'full' || where.length === 0 ? {} : { where }),
        ...(doubt === undefined ? {} : { doubt }),
        ...(withStatements && by.length > 0 ? { by: by.map((one) => this.statement(one)) } : {}),
      };
      const key = JSON.stringify(group);
      const same = groups.get(key) ?? { group, actions: [] };
      groups.set(key, same);
      same.actions.push(place);
    }
    return [...groups.values()].map(({ group, actions }) => ({ ...group, actions }));
  }

  statement({ policy, layer, statement }: MatchedStatement): number {
    return this.#statements.placeOf({
      policy: this.#policy(policy),
      layer,
      effect: statement.effect,
      statement: statement.index,
      ...(statement.sid === undefined ? {} : { sid: statement.sid }),
      line: statement.start.line,
      column: statement.start.column,
      ...(this.#texts ? { endLine: statement.end.line } : {}),
    });
  }

  #policy(policy: PolicySource): number {
    const known = this.#ofPolicy.get(policy);
    if (known !== undefined) return known;
    const place = this.#policies.placeOf({
      name: policy.name,
      type: policy.type,
      ...(policy.arn === undefined ? {} : { arn: policy.arn }),
      ...(policy.versionId === undefined ? {} : { version: policy.versionId }),
      ...(policy.group === undefined ? {} : { group: policy.group }),
      ...(this.#texts && policy.text.length <= LONGEST_TEXT ? { text: policy.text } : {}),
    });
    this.#ofPolicy.set(policy, place);
    return place;
  }

  witness({ action, resource, context }: Request, evidence: readonly Evidence[]): number {
    return this.#witnesses.placeOf({
      action,
      resource,
      context: this.#withoutTheTime(context),
      answers: evidence.map((one) => this.#answer(one)),
    });
  }

  #answer(evidence: Evidence): number {
    const known = this.#ofEvidence.get(evidence);
    if (known !== undefined) return known;
    const { matched, ...rest } = evidence;
    const place = this.#answers.placeOf(
      matched === undefined ? rest : { ...rest, statements: matched.map((one) => this.statement(one)) },
    );
    this.#ofEvidence.set(evidence, place);
    return place;
  }

  /** Two runs on the same input then name the same witnesses. */
  #withoutTheTime(context: RequestContext): RequestContext {
    const known = this.#contexts.get(context);
    if (known !== undefined) return known;
    const entries = Object.entries(context).filter(
      ([key, value]) =>
        !timeKeys.some(
          (timeKey) =>
            timeKey.toLowerCase() === key.toLowerCase() && value === contextValue(this.#normal, timeKey),
        ),
    );
    const timeless = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#contexts.set(context, timeless);
    return timeless;
  }
}
