import { PolicyError } from '@permission-check/iam-policy';
import { boundPolicies } from '../account/policy-set.ts';
import { AwsError } from '../types.ts';
import { documentKeys } from './document-keys.ts';
import type { IamOperation } from './operation.ts';
import { invalidInput } from './simulation-input.ts';
import { principalEntity } from './subject.ts';

/** The context keys that policies refer to: as spelled, not sorted out by case, and not in pages. */
export const contextKeyOperations: Readonly<Record<string, IamOperation>> = {
  GetContextKeysForPrincipalPolicy: (input) => {
    const source = input.params.require('PolicySourceArn');
    input.authorize(source);
    const bound = boundPolicies(input.state, principalEntity(input, source));
    const own = [...bound.identity, ...(bound.boundary ? [bound.boundary] : [])].map((policy) => policy.text);
    const given = input.params.list('PolicyInputList') ?? [];
    return { answer: { ContextKeyNames: [...stored(own), ...provided(given)] } };
  },
  GetContextKeysForCustomPolicy: (input) => {
    input.authorize('*');
    return { answer: { ContextKeyNames: provided(input.params.list('PolicyInputList') ?? []) } };
  },
};

function stored(texts: readonly string[]): string[] {
  return keysOf(texts, (message) => new AwsError('PolicyEvaluation', message, 500));
}

function provided(texts: readonly string[]): string[] {
  return keysOf(texts, (message) => invalidInput(`The policy document is malformed: ${message}`));
}

function keysOf(texts: readonly string[], failure: (message: string) => AwsError): string[] {
  try {
    return texts.flatMap(documentKeys);
  } catch (error) {
    throw error instanceof PolicyError ? failure(error.message) : error;
  }
}
