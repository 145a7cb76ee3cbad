import type { Unknowns } from './intrinsics.ts';
import type { TemplateObject } from './yaml.ts';

/** Where a template will be deployed, as far as that is known, and what is chosen of it. */
export interface OpenTemplateOptions {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly stackName?: string | undefined;
  /** Values of parameters; the others have their defaults, or are unknown. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Conditions that are taken to hold, or not, where an unknown value decides. */
  readonly assumed?: Readonly<Record<string, boolean>>;
  readonly unknowns: Unknowns;
  /** Types of which somebody wants to know; nothing is worked out for a resource of another type. */
  readonly isWanted: (type: string) => boolean;
  /** The document of a SAM policy template that is not among those known here; undefined: its text is unknown. */
  readonly policyTemplate?: (name: string, parameters: TemplateObject) => TemplateObject | undefined;
}

/** A resource of which parts may be unknown. */
export interface OpenResource {
  readonly logicalId: string;
  readonly type: string;
  /** The physical name. */
  readonly name: string;
  readonly ref: string;
  readonly arn: string;
  readonly properties: TemplateObject;
  readonly metadata: TemplateObject;
  readonly line?: number;
}

export interface OpenTemplate {
  /** Those of a wanted type whose condition holds, with the roles that SAM makes. */
  readonly resources: readonly OpenResource[];
  /**
   * What each resource of a wanted type was worked out from, one that is not made among them: logical id →
   * `Parameters.Stage`, `Conditions.IsProd`, in the order in which they were read. A condition is named where an unknown
   * value decides it. What decides which resources there are stands under `Resources`.
   */
  readonly reads: ReadonlyMap<string, ReadonlySet<string>>;
  /** Parameters that were read and have no value of their own: name → what they may be. */
  readonly open: ReadonlyMap<string, { readonly allowed: readonly string[]; readonly fallback?: string }>;
  /** Conditions that an unknown value decides. */
  readonly undecided: readonly string[];
  /** Transforms whose outcome is not seen, other than SAM's and the language extensions, and where they stand. */
  readonly macros: readonly string[];
  /** What a reader should know: a sentence each. */
  readonly notes: readonly string[];
  /** Values of parameters with NoEcho, which are not to be shown. */
  readonly secrets: readonly string[];
}
