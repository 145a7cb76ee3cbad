/** What IAM says of the principal that a call is about, beside its ARN. */
import type { RequestContext } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

/** Facts about the principal that a call is about. */
export interface Facts {
  readonly context: RequestContext;
  /** Whether its tags are as they are whatever the caller does. */
  readonly tags: boolean;
}

const RESOURCE_TAG = /^(?:aws|iam):resourcetag\//;
const BOUNDARY = 'iam:permissionsboundary';
/**
 * Calls in which iam:PermissionsBoundary is the boundary that the principal has; in others it is one that is passed.
 *
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
 */
const ASKS_ITS_BOUNDARY =
  /^iam:(?:(?:Attach|Detach|Put|Delete)(?:User|Role)Policy|Delete(?:User|Role)PermissionsBoundary)$/;

const PASSES_BOUNDARY = /^iam:(?:Create(?:User|Role)|Put(?:User|Role)PermissionsBoundary)$/;

/** What a call says of a boundary: the one that it passes, or that the principal whom it is about has. */
export function boundaryIn(action: string, arn: string | undefined): RequestContext {
  const says = ASKS_ITS_BOUNDARY.test(action) || PASSES_BOUNDARY.test(action);
  return says && arn !== undefined ? { 'iam:PermissionsBoundary': arn } : {};
}

/** Whether statements ask for a boundary. @param reads the context keys that they read, in lower case */
export const readsBoundary = (reads: readonly string[]): boolean => reads.includes(BOUNDARY);

/** Whether statements read what two principals may differ in. */
export const readsFacts = (reads: readonly string[]): boolean =>
  reads.some((key) => key === BOUNDARY || RESOURCE_TAG.test(key));

/**
 * What of a principal makes a difference to statements about an action on it; undefined where nothing does.
 *
 * @param reads the context keys that the statements read, in lower case
 * @param mayTag whether the caller can give it other tags first: then nothing is known of them
 */
export function factsOf(
  { tags, boundary }: Principal,
  action: string,
  reads: readonly string[],
  mayTag: () => boolean,
): Facts | undefined {
  if (!readsFacts(reads)) return undefined;
  const asked = new Set(reads.filter((key) => RESOURCE_TAG.test(key)));
  const asksTags = asked.size > 0 && !mayTag();
  const asksBoundary = ASKS_ITS_BOUNDARY.test(action) && boundary?.arn !== undefined;
  return {
    tags: asksTags,
    context: {
      ...(asksTags && tagsAsked(tags, asked)),
      ...(asksBoundary && { 'iam:PermissionsBoundary': boundary.arn }),
    },
  };
}

/** Tags as context keys, those that are asked for: what nobody asks for tells nobody apart. @param asked in lower case */
function tagsAsked(tags: Principal['tags'], asked: ReadonlySet<string>): RequestContext {
  const context: Record<string, string> = {};
  for (const [key, value] of Object.entries(tags))
    for (const prefix of ['aws', 'iam']) {
      const name = `${prefix}:ResourceTag/${key}`;
      if (asked.has(name.toLowerCase())) context[name] = value;
    }
  return context;
}

/** Whether a context key, in whatever letters, is among the facts, there or missing. */
export const isFactOf = (facts: Facts | undefined, key: string): boolean =>
  facts?.tags === true && RESOURCE_TAG.test(key.toLowerCase());

/**
 * The calls in which a key of IAM's own can be, in lower case; a key that is not here may be in any.
 *
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
 */
const callsWith: readonly (readonly [key: RegExp, actions: RegExp])[] = [
  [/^iam:(?:passedtoservice|associatedresourcearn)$/, /^iam:PassRole$/],
  [/^iam:policyarn$/, /^iam:(?:At|De)tach(?:User|Role|Group)Policy$/],
  [/^iam:awsservicename$/, /^iam:CreateServiceLinkedRole$/],
  [/^iam:organizationspolicyid$/, /^iam:GenerateOrganizationsAccessReport$/],
  [/^iam:(?:registersecuritykey|fido-.*)$/, /^iam:(?:Enable|Create\w*)MFADevice$/],
];

/** Whether no call of an action has a key, so that a statement that asks for it lets none through. */
export function isNeverIn(action: string, key: string): boolean {
  const lower = key.toLowerCase();
  return callsWith.some(([keys, actions]) => keys.test(lower) && !actions.test(action));
}
