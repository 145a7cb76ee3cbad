import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PolicySet, Request, RequestContext } from '../../src/types.ts';

/** Where answers that AWS itself gave are kept; they are no part of this repository. */
const folder = new URL('../../../../../shared/data/recorded-aws/', import.meta.url);

export const hasRecordings: boolean = existsSync(folder);

/** One answer of AWS. */
export interface Recorded {
  readonly name: string;
  readonly source: 'live' | 'simulator';
  readonly set: PolicySet;
  readonly request: Request;
  readonly allowed: boolean;
}

/** A document that was put to IAM. */
export interface Stored {
  readonly text: string;
  readonly taken: boolean;
}

const observation = z.object({
  condition: z.record(z.string(), z.unknown()),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  deny: z.boolean(),
  base_allow: z.boolean().optional(),
  code: z.string(),
});

const entries = z.array(
  z.object({
    ContextKeyName: z.string(),
    ContextKeyValues: z.array(z.string()).min(1),
    ContextKeyType: z.string().optional(),
  }),
);

const simulation = z.object({
  input: z.object({
    PolicyInputList: z.array(z.string()),
    ActionNames: z.array(z.string()).length(1),
    ContextEntries: entries,
  }),
  output: z.object({
    EvaluationResults: z.array(z.object({ EvalDecision: z.string() })).length(1),
  }),
});

const scenario = z.object({
  name: z.string(),
  policy: z.unknown(),
  action: z.string(),
  resource: z.string(),
  context: entries,
  decision: z.string(),
});

const recording = z.object({
  observations: z.array(observation).default([]),
  simulation: z.array(simulation).default([]),
  scenarios: z.array(scenario).default([]),
  policy_storage: z.array(z.object({ document: z.unknown(), code: z.string() })).default([]),
});

const user = 'arn:aws:iam::123456789012:user/test';

/** The answers of one file; see the README beside it for the form. */
export function recordedIn(file: string): readonly Recorded[] {
  const { observations, simulation, scenarios } = readRecording(file);
  return [
    ...observations.map(liveAnswer),
    ...simulation.map(simulatorAnswer),
    ...scenarios.map(({ name, policy, action, resource, context, decision }) => ({
      name,
      source: 'simulator' as const,
      set: { identity: [policyOf(JSON.stringify(policy))] },
      request: { action, resource, context: contextOf(context) },
      allowed: decision === 'allowed',
    })),
  ];
}

/** The documents of one file that were put to IAM. */
export function storedIn(file: string): readonly Stored[] {
  return readRecording(file).policy_storage.map(({ document, code }) => ({
    text: JSON.stringify(document),
    taken: code === 'Success',
  }));
}

function readRecording(file: string): z.infer<typeof recording> {
  return recording.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
}

function liveAnswer({ condition, tags, deny, base_allow, code }: z.infer<typeof observation>): Recorded {
  const about = { Action: 'iam:TagUser', Resource: '*' };
  const statements = [
    { Effect: deny ? 'Deny' : 'Allow', ...about, Condition: condition },
    ...(deny || base_allow ? [{ Effect: 'Allow', Action: '*', Resource: '*' }] : []),
  ];
  const context = {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    ...(tags.length > 0 && { 'aws:TagKeys': tags.map(({ Key }) => Key) }),
  };
  return {
    name: `${deny ? 'Deny' : 'Allow'} ${JSON.stringify(condition)} ${JSON.stringify(context)}`,
    source: 'live',
    set: { identity: [policyOf(JSON.stringify({ Version: '2012-10-17', Statement: statements }))] },
    request: { action: 'iam:TagUser', resource: user, context },
    allowed: code !== 'AccessDenied',
  };
}

function simulatorAnswer({ input, output }: z.infer<typeof simulation>): Recorded {
  const [document = ''] = input.PolicyInputList;
  const context = contextOf(input.ContextEntries);
  return {
    name: `${document} ${JSON.stringify(context)}`,
    source: 'simulator',
    set: { identity: input.PolicyInputList.map(policyOf) },
    request: { action: input.ActionNames[0] ?? '', resource: '*', context },
    allowed: output.EvaluationResults[0]?.EvalDecision === 'allowed',
  };
}

function policyOf(text: string): PolicySet['identity'][number] {
  return { name: 'recorded', type: 'inline', text };
}

function contextOf(given: z.infer<typeof entries>): RequestContext {
  return Object.fromEntries(
    given.map(({ ContextKeyName, ContextKeyValues: [first = '', ...more], ContextKeyType = '' }) => [
      ContextKeyName,
      ContextKeyType.endsWith('List') ? [first, ...more] : first,
    ]),
  );
}
