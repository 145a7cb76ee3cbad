import { PolicyError, parsePolicy, type Statement } from '@permission-check/iam-policy';
import type { Role } from '../account/state.ts';
import { AwsError } from '../types.ts';
import type { QueryParams } from '../wire/query-protocol.ts';
import type { OperationInput } from './operation.ts';

/** The checks that IAM makes before it writes. Quotas are IAM's defaults (IAM User Guide, "IAM and STS quotas"). */

export const conflict = (message: string): AwsError => new AwsError('DeleteConflict', message, 409);
export const alreadyExists = (message: string): AwsError => new AwsError('EntityAlreadyExists', message, 409);
export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceeded', message, 409);
export const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocument', message, 400);

/** Of a document in a request, white space and all. */
const maxDocumentLength = 131_072;

/** Characters of a text without white space: how IAM counts policy sizes. */
export const policySize = (text: string): number => text.replace(/\s/g, '').length;

/** The name that a parameter gives, in IAM's characters. */
export function nameParam(params: QueryParams, parameter: string, maxLength: number): string {
  const name = params.require(parameter);
  const field = parameter.charAt(0).toLowerCase() + parameter.slice(1);
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+`,
    );
  }
  if (name.length > maxLength) {
    throw validationError(
      `1 validation error detected: Value '${name}' at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${maxLength}`,
    );
  }
  return name;
}

/** A path parameter: `/` where it is absent. */
export function pathParam(params: QueryParams, parameter = 'Path'): string {
  const path = params.get(parameter) ?? '/';
  if (!/^\/(?:[\x21-\x7e]+\/)?$/.test(path) || path.length > 512) {
    throw validationError(
      `The specified value for ${parameter.toLowerCase()} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
    );
  }
  return path;
}

/** The text of an identity-based policy, valid as IAM demands. */
export function policyParam(params: QueryParams, parameter = 'PolicyDocument'): string {
  const text = params.require(parameter);
  if (text.length > maxDocumentLength) {
    throw validationError(
      `1 validation error detected: Value at 'policyDocument' failed to satisfy constraint: Member must have length less than or equal to ${maxDocumentLength}`,
    );
  }
  const document = parsedDocument(text);
  const sids = document.statements.flatMap((statement) => statement.sid ?? []);
  if (new Set(sids).size < sids.length) {
    throw malformed('Statement IDs (SID) in a single policy must be unique.');
  }
  for (const statement of document.statements) checkStatement(statement);
  return text;
}

/** A statement of an identity-based policy. */
function checkStatement({ principals, resources, actions }: Statement): void {
  if (principals) throw malformed('Policy document should not specify a principal.');
  if (!resources) throw malformed('Policy statement must contain resources.');
  const action = actions.find((one) => one !== '*' && !/^[\w-]+:.+$/.test(one));
  if (action !== undefined) {
    throw malformed(`Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: ${action}`);
  }
  const resource = resources.find((one) => !/^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.*|\$\{.*)$/.test(one));
  if (resource !== undefined) throw malformed(`Resource ${resource} must be in ARN format or "*".`);
}

/** A document of any kind. */
export function parsedDocument(text: string) {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) throw malformed(`Syntax errors in policy: ${error.message}`);
    throw error;
  }
}

/** The tags of a request: key → value. */
export function tagsParam(params: QueryParams): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const entry of params.structs('Tags')) {
    const key = entry.require('Key');
    if (key.length > 128 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u.test(key))
      throw validationError(`Invalid tag key: ${key}`);
    if ([...tags.keys()].some((known) => known.toLowerCase() === key.toLowerCase())) {
      throw new AwsError(
        'InvalidInput',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
        400,
      );
    }
    tags.set(key, entry.get('Value') ?? '');
  }
  return tags;
}

/** Tags with more of them; keys are case-insensitive, so that another spelling replaces the one before. */
export function addTags(
  tags: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const all = new Map([...removeTags(tags, [...given.keys()]), ...given]);
  if (all.size > 50) throw limitExceeded('The number of tags has reached the maximum limit.');
  return all;
}

/** Tags without those of these keys, in any case. */
export function removeTags(
  tags: ReadonlyMap<string, string>,
  keys: readonly string[],
): ReadonlyMap<string, string> {
  const lower = new Set(keys.map((key) => key.toLowerCase()));
  return new Map([...tags].filter(([key]) => !lower.has(key.toLowerCase())));
}

/** What a request with tags is authorized by besides its resource. */
export const tagsContext = (tags: ReadonlyMap<string, string>) => ({
  ...(tags.size > 0 && { 'aws:TagKeys': [...tags.keys()] }),
  ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
});

/**
 * `label`: what is changed only says something of the role, its description or a tag, which service-linked roles take.
 *
 * @throws AwsError UnmodifiableEntity for the roles that AWS itself keeps: those of Identity Center and of services.
 */
export function checkModifiable(input: OperationInput, role: Role, label = false): void {
  if (!/^\/aws-(reserved|service-role)\//.test(role.path)) return;
  if (label && role.path.startsWith('/aws-service-role/')) return;
  if (input.caller.principalArn.includes(':role/aws-service-role/sso.amazonaws.com/')) return;
  throw new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
    400,
  );
}

const validationError = (message: string): AwsError => new AwsError('ValidationError', message, 400);
