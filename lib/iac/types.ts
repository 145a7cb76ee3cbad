/**
 * What infrastructure as code says about IAM, whatever language it is written in: who is declared, and which policies
 * are given to whom. Any text may have unknown parts (unknown.ts).
 */

import type { Holder } from '#lib/account/apply-change.ts';

export type { Holder };

/** Where something is declared, for people. */
export interface Source {
  /** `aws_iam_role_policy.analyst`, `Resources.Analyst`. */
  readonly address: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/** JSON, in which text may have unknown parts, and a text that is unknown as a whole may stand for any value. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export type Declaration = { readonly source: Source } & (
  | PrincipalDeclaration
  /** A customer managed policy: its text reaches everybody who has it. */
  | { readonly is: 'managed-policy'; readonly arn: string; readonly name: string; readonly document: Value }
  | { readonly is: 'inline-policy'; readonly of: Holder; readonly name: string; readonly document: Value }
  | { readonly is: 'attachment'; readonly to: Holder; readonly policyArn: string }
  | { readonly is: 'membership'; readonly user: string; readonly group: string }
  /** No other inline policies than these, or no other attachments: IAM loses the rest. */
  | { readonly is: 'only-inline-policies'; readonly of: Holder; readonly names: readonly string[] }
  | { readonly is: 'only-attachments'; readonly to: Holder; readonly policyArns: readonly string[] }
  /** Nobody else in the account has the policy. */
  | { readonly is: 'only-attached-to'; readonly policyArn: string; readonly holders: readonly Holder[] }
  | { readonly is: 'only-members'; readonly group: string; readonly users: readonly string[] }
);

/** A declaration before it is said where it is written. */
export type BareDeclaration = Declaration extends infer One
  ? One extends Declaration
    ? Omit<One, 'source'>
    : never
  : never;

export interface PrincipalDeclaration {
  readonly is: 'principal';
  readonly kind: 'user' | 'role' | 'group';
  /** `app-` with an unknown rest, where the service that makes it chooses. */
  readonly name: string;
  /** How it is called where the name is unknown as a whole; a rule of the expectations may name it so. */
  readonly alias: string;
  /** What a name that is unknown as a whole begins with all the same: `terraform-`. */
  readonly nameBegins?: string;
  readonly path: string;
  /** Text of an ARN; absent: no boundary. */
  readonly boundaryArn?: string;
  /** The trust policy of a role. */
  readonly trust?: Value;
  /** Those whose values are known. */
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of tags whose values are not known; `ANY_TAG`: nor is which other tags there are. */
  readonly openTags?: readonly string[];
  /** It is made by this deployment, so nobody has given it anything by hand. */
  readonly isNew: boolean;
}

/** What a deployment does to an account. */
export interface Planned {
  /** `Terraform plan`, `CloudFormation template` … */
  readonly format: string;
  /** As it was named by whoever asked. */
  readonly file: string;
  readonly accountId?: string;
  readonly partition: string;
  /** What is there before the deployment and not after it, in this form. */
  readonly removed: readonly Declaration[];
  /** What is there after the deployment and was not before, in this form. */
  readonly added: readonly Declaration[];
  /** What is there before and after. */
  readonly unchanged: readonly Declaration[];
  /** What cannot be judged from the plan: an inconclusive finding each. */
  readonly open: readonly Open[];
  /** What a reader should know. */
  readonly notes: readonly string[];
  /** Texts that are marked as secret, and are not to be shown (secrets.ts). */
  readonly secrets?: readonly string[];
}

export interface Open {
  readonly source: Source;
  /** A sentence: what is not known, and why it may matter. */
  readonly reason: string;
  /** It matters only where guardrails of the organization are given. */
  readonly about?: 'guardrails';
}

/** What tells one declaration from another, whatever it says. */
export function declarationKey(one: Declaration): string {
  switch (one.is) {
    case 'principal':
      return `${one.kind}/${one.name}`;
    case 'managed-policy':
      return one.arn;
    case 'inline-policy':
      return `${one.of.kind}/${one.of.name} ${one.name}`;
    case 'attachment':
      return `${one.to.kind}/${one.to.name} ${one.policyArn}`;
    case 'membership':
      return `${one.user} in ${one.group}`;
    case 'only-inline-policies':
      return `${one.of.kind}/${one.of.name} inline`;
    case 'only-attachments':
      return `${one.to.kind}/${one.to.name} attached`;
    case 'only-attached-to':
      return `holders of ${one.policyArn}`;
    case 'only-members':
      return `members of ${one.group}`;
  }
}
