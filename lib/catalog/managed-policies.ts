import data from './managed-policies.json' with { type: 'json' };

/** A policy document as AWS publishes it; every document here has its actions in a list. */
export interface PublishedDocument {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Sid?: string;
    readonly Effect: string;
    readonly Action: readonly string[];
    readonly Resource: string | readonly string[];
  }[];
}

export interface ManagedPolicyVersion {
  readonly versionId: string;
  /** The version's own CreateDate, which the developer guide's change table precedes by days to weeks. */
  readonly createDate: string;
  readonly document: PublishedDocument;
}

export interface ManagedPolicy {
  /** In the partition `aws`; the other partitions differ in that part only. */
  readonly arn: string;
  readonly defaultVersionId: string;
  /** Oldest first; the last is the default version. */
  readonly versions: readonly ManagedPolicyVersion[];
}

/** When AWS had the default versions below, year and month. */
export const policiesAsOf = '2026-08';

/**
 * The AWS managed policies that are about Rekognition, by name, with every version that is public.
 * Default versions as of August 2026. Source: the documents that AWS publishes through IAM, as the
 * public record of managed policies (MAMIP) keeps them since 2019.
 */
export const managedPolicies: Readonly<Record<string, ManagedPolicy>> = data;
