import type { ConditionTest, RequestContext } from '../types.ts';
import type { TextPattern } from './text-patterns.ts';

/** Resources that a request may be about: every text of the pattern. */
export interface ResourceForm {
  readonly pattern: TextPattern;
  /** Texts of the form that people would rather read than made-up ones, the best first. */
  readonly hints: readonly string[];
  /** Context values that requests for these resources have, as aws:RequestedRegion has that of the ARN. */
  readonly implies?: Readonly<Record<string, string>>;
}

/** A test that must hold, or must not. */
export interface Literal {
  readonly test: ConditionTest;
  readonly holds: boolean;
}

/** A key that may have values of some forms only; without forms, any. */
export interface FreeKey {
  /** As policies write it. */
  readonly key: string;
  readonly forms?: readonly TextPattern[];
}

/** Where requests are sought. */
export interface SearchSpace {
  /** One resource (an ARN or `*`), or all of some forms. */
  readonly resource: string | readonly ResourceForm[];
  /** The account that the resources belong to; absent: the principal's own. */
  readonly resourceAccount?: string;
  /** Context that cannot vary. */
  readonly known: RequestContext;
  /** Keys that are missing unless `known` has them; the others may have any value. Default: the principal's keys. */
  readonly isKnown?: (key: string) => boolean;
  /** The values that free keys have unless a difference needs others. */
  readonly baseline?: RequestContext;
  /** Keys (lower case) that vary whatever `isKnown` says, with the forms of their values. */
  readonly free?: ReadonlyMap<string, FreeKey>;
  /** A request can only happen if all literals of one of these hold. None: every request can. */
  readonly possible?: readonly (readonly Literal[])[];
  /** Keys (lower case) with a closed list of values. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
}
